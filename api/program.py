"""The program behind `python -m api`: API and pages on one port."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from typing import Final

import structlog
import uvloop

from api.app import create_app
from edge.metrics import pool_of, serve_metrics
from edge.observed import observe
from edge.serving import serving
from edge.startup import load
from fronts.services import Services
from pages.site import install
from settings import MarketSettings

log = structlog.get_logger()

NEW_OBJECTS: Final = 10_000  # some megabytes, after which cycles among them are looked for


async def serve(settings: MarketSettings) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    app = create_app(settings)
    install(app)
    shared, limits = settings.api_reuse_port, settings.limits
    host, port = settings.api_host, settings.api_port
    async with serving(app, host, port, reuse_port=shared, limits=limits, sockets=True) as address:
        # Objects existing now are permanent: a full collection would stop every request for a tenth of a second in
        # vain.
        gc.collect()
        gc.freeze()
        # What a request or message leaves behind is freed at once; looking for cycles after every 700 new objects takes
        # a twentieth of the processor.
        gc.set_threshold(NEW_OBJECTS)
        services: Services = app.state.services
        readers = {"pool": pool_of(services.database)}
        if services.replica.exists:
            readers["replica"] = services.replica.figures
        async with serve_metrics(settings.metrics_host, settings.api_metrics_port, readers):
            log.info("api_ready", address=address, pid=os.getpid())
            await stop.wait()


def main() -> int:
    observe("api", of_strangers=True)
    uvloop.run(serve(load(MarketSettings)))
    return 0
