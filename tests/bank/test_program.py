"""The bank as the process that people start: `python -m bank.service`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import httpx

from devstack.mailbox import Mailbox
from devstack.postgres import PostgresServer
from tests.fixtures.bank import PEPPER, until
from tests.fixtures.databases import Databases

ROOT = Path(__file__).parents[2]


async def test_it_migrates_serves_and_stops_when_told_to(
    databases: Databases, postgres: PostgresServer, mailbox: Mailbox, unused_tcp_port: int
) -> None:
    stored = databases.named("bank_program")
    await postgres.create_database(stored.name)
    environment = {
        **os.environ,
        "HOLDFAST_BANK_DATABASE_URL": stored.url,
        "HOLDFAST_BANK_DATABASE_OWNER_URL": stored.owner_url,
        "HOLDFAST_BANK_PEPPER": PEPPER,
        "HOLDFAST_BANK_SMTP_URL": mailbox.url,
        "HOLDFAST_BANK_PORT": str(unused_tcp_port),
    }

    async def start(*arguments: str) -> asyncio.subprocess.Process:
        command = (sys.executable, "-m", "bank.service", *arguments)
        return await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT)

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{unused_tcp_port}", trust_env=False) as http:

        async def ready() -> int:
            try:
                return (await http.get("/ready")).status_code
            except httpx.TransportError:
                return 0

        program = await start()
        assert await until(ready, bool) == 503  # not migrated yet
        assert await (await start("migrate")).wait() == 0
        assert await until(ready, lambda status: status == 200)
        assert (await http.get("/health")).json() == {"status": "ok"}
        program.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(program.wait(), 10) in (0, -signal.SIGTERM)
        assert await (await start("nonsense")).wait() == 2
    await postgres.drop_database(stored.name)
