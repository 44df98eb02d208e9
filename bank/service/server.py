"""The bank behind uvicorn: on a stop it finishes requests in progress and wakes those that are slow on purpose."""

from __future__ import annotations

import os
import socket
from types import FrameType
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from bank.service.app import create_app
from bank.service.faults import Misbehaving
from bank.service.services import Services
from bank.service.settings import BankSettings
from edge.connections import server_settings
from edge.headers import SafeHeaders
from edge.logs import RequestLogs
from edge.request_metrics import RequestMetrics

log = structlog.get_logger()

KEEP_ALIVE_S: Final = 75  # well above the clients' own, so that a request never meets a connection being closed


class BankServer(uvicorn.Server):
    """`serve()` runs until `stop()`, SIGTERM or SIGINT. It serves `app`, or one made for it."""

    def __init__(self, settings: BankSettings, app: FastAPI | None = None) -> None:
        self._app = app or create_app(settings)
        served: ASGIApp = self._app
        if settings.faults:
            services: Services = self._app.state.services
            served = Misbehaving(served, services.database, services.stopping, services.webhooks)
        super().__init__(
            uvicorn.Config(
                RequestLogs(RequestMetrics(SafeHeaders(served))),
                host=settings.host,
                port=settings.port,
                access_log=False,  # the journal of requests has more, and without addresses in query strings
                timeout_graceful_shutdown=settings.stop_within_s,
                timeout_keep_alive=KEEP_ALIVE_S,
                server_header=False,
                log_config=None,  # the program's logs have one pipeline
                **server_settings(settings.limits),
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            log.info("bank_ready", address=f"http://{self.config.host}:{self.config.port}", pid=os.getpid())

    def stop(self) -> None:
        """Accepts no more requests, finishes those in progress, and returns from `serve()`."""
        self._app.state.services.stopping.set()
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        # Called by the loop's signal handler, or by Python's between two byte codes: both on the loop's thread.
        self._app.state.services.stopping.set()
        super().handle_exit(sig, frame)
