"""The node behind `python -m tron.node`."""

from __future__ import annotations

import asyncio
import signal
import sys
import time

import structlog

from edge import logs
from edge.serving import serving
from edge.startup import load
from tron.node.app import create_app
from tron.node.chain import Chain
from tron.node.journal import Journal
from tron.node.settings import NodeSettings

log = structlog.get_logger()


def main(arguments: list[str]) -> int:
    logs.configure("tron")
    settings = load(NodeSettings)
    match arguments:
        case []:
            pass
        case ["--control"]:
            settings = settings.model_copy(update={"control": True})
        case _:
            sys.stderr.write("usage: python -m tron.node [--control]\n")
            return 2
    asyncio.run(_serve(settings))
    return 0


async def _serve(settings: NodeSettings) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    chain = Chain(_clock_ms, solid_after=settings.solid_after, block_ms=settings.block_ms)
    journal = None
    if settings.file is None:
        chain.begin()
    else:
        journal = Journal(settings.file, chain)
    if settings.mines and chain.now_ms - chain.head.time_ms > 2 * chain.block_ms:
        chain.mine(chain.solid_after + 1, until_now=True)  # as other nodes would have done meanwhile
    app = create_app(chain, controlled=settings.control, mines=settings.mines)
    try:
        async with serving(app, settings.host, settings.port, limits=settings.limits) as address:
            log.info("tron_ready", address=address, block=chain.head.number)
            await stopped.wait()
    finally:
        if journal is not None:
            journal.close()


def _clock_ms() -> int:
    return time.time_ns() // 1_000_000
