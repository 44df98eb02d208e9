"""Serves an HTTP application on the running event loop, beside other tasks."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from edge.connections import server_settings
from edge.headers import SafeHeaders
from edge.limits import LIMITS, Limits
from edge.logs import RequestLogs
from edge.request_metrics import RequestMetrics

STOP_WITHIN_S: Final = 5  # for requests in progress; connections that stay open longer are cut off
_POLL_S: Final = 0.01
_BACKLOG: Final = 2048  # uvicorn's own


class _QuietServer(uvicorn.Server):
    """uvicorn without its signal handlers: the owner of the event loop decides when it ends."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listener(host: str, port: int, reuse_port: bool) -> socket.socket:
    """Bound here, because uvicorn ends the whole program when it cannot bind.

    And already listening: until one program listens, Linux lets several bind the same port, and uvloop reports no error
    when its own attempt to listen fails.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Declared as TCP: only on such sockets does asyncio switch off Nagle's algorithm, which delays an answer by 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if reuse_port:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"{host}:{port}: {error.strerror}") from None
    return listener


@asynccontextmanager
async def serving(
    app: ASGIApp, host: str, port: int, *, reuse_port: bool = False, limits: Limits = LIMITS, sockets: bool = False
) -> AsyncIterator[str]:
    """Serves `app` inside the block and yields its address, `http://host:port`; port 0: a free one.

    With `reuse_port` several programs of one system user listen on it, and Linux distributes connections among them.
    With `sockets` web sockets are served too.
    Raises `OSError` when the port is taken and `RuntimeError` when `app` fails to start.
    """
    listener = _listener(host, port, reuse_port)
    config = uvicorn.Config(
        RequestLogs(RequestMetrics(SafeHeaders(app))),
        log_config=None,  # the program's logs have one pipeline
        access_log=False,
        timeout_graceful_shutdown=STOP_WITHIN_S,
        server_header=False,
        **server_settings(limits, sockets=sockets),
    )
    server = _QuietServer(config)
    serve = asyncio.create_task(server.serve([listener]))
    try:
        while not server.started:
            if serve.done():
                raise RuntimeError("the application did not start")
            await asyncio.sleep(_POLL_S)
        yield f"http://{host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        with suppress(SystemExit):  # how it reports that the application did not start
            await serve
        listener.close()
