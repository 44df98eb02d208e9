"""Programs of the benchmark that run the product's saga on another engine, on the stack that is measured."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from api.app import create_app
from devstack.ports import HOST, free_port
from devstack.postgres import SUPERUSER, PostgresServer
from devstack.site import ROOT
from edge.serving import serving
from market.signals import Signaller
from settings import MarketSettings

READY = "ready"
START_WITHIN_S = 120.0
DATABASE_VARIABLE = "BENCH_DATABASE_URL"
"""Where the engine keeps what it keeps: a database of its own on the stack's server."""


async def serve_api(settings: MarketSettings, signaller: Signaller) -> None:
    """The product's API with another engine behind its signals, until standard input ends."""
    async with serving(create_app(settings, signaller), settings.api_host, settings.api_port, limits=settings.limits):
        await until_input_ends()


async def until_input_ends() -> None:
    sys.stdout.write(f"{READY}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)


@asynccontextmanager
async def engine(
    postgres: PostgresServer, name: str, tables: str, environment: Mapping[str, str], *commands: tuple[str, ...]
) -> AsyncIterator[tuple[str, list[int]]]:
    """Starts the programs of an engine, the one with the API last; yields the API's address, and their process ids."""
    await postgres.create_database(name)
    if tables:
        async with postgres.connect(name) as connection:
            for statement in filter(str.strip, tables.split(";")):
                await connection.exec_driver_sql(statement)
    port = str(free_port())
    settings = {
        **environment,
        DATABASE_VARIABLE: postgres.url(name, SUPERUSER, driver="postgresql"),
        "HOLDFAST_API_PORT": port,
    }
    running: list[asyncio.subprocess.Process] = []
    try:
        for command in commands:
            running.append(
                await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    *command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    env=settings,
                    cwd=ROOT,
                )
            )
        await asyncio.gather(*(_ready(process, name) for process in running))
        yield f"http://{HOST}:{port}", [process.pid for process in running]
    finally:
        for process in running:
            assert process.stdin is not None
            process.stdin.close()
            await process.wait()


async def _ready(process: asyncio.subprocess.Process, name: str) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(START_WITHIN_S):
        while line := (await process.stdout.readline()).decode():
            if line.strip() == READY:
                return
    raise AssertionError(f"a program of {name} did not start")
