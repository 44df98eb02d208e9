"""The chat as part of the API's program, at /socket.io."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

import socketio  # type: ignore[import-untyped]  # it has no type information
import structlog
from fastapi import FastAPI
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chat.lines import Server
from chat.packets import TextPacket, quiet_logger
from chat.rooms import Rooms, SharedRooms
from chat.sockets import Sockets
from chat.watch import Watch
from edge.limits import LIMITS
from fronts.services import Services
from settings import MarketSettings

log = structlog.get_logger()

PATH: Final = "/socket.io"
CHANNEL: Final = "holdfast-chat"
FRAMES_PER_S: Final = 20.0  # of one socket: more than people type and their programs answer to pings
FRAMES_AT_ONCE: Final = 40.0


class ChatSite:
    """Mounted before the program starts; `open` supplies the services once they exist."""

    def __init__(self, app: FastAPI, settings: MarketSettings) -> None:
        redis = settings.chat_redis_url
        logger = quiet_logger("chat")
        rooms = Rooms() if redis is None else SharedRooms(redis.get_secret_value(), CHANNEL, logger=logger)
        server = Server(
            client_manager=rooms,
            async_mode="asgi",
            # One event of a socket at a time: a client that sends more waits, and takes no memory.
            async_handlers=False,
            serializer=TextPacket,
            max_http_buffer_size=LIMITS.frame_bytes,
            # Long polling needs every request of a client to come to the same program.
            transports=["websocket"] if settings.api_reuse_port or redis is not None else ["polling", "websocket"],
            logger=logger,
            engineio_logger=logger,
        )
        self._server, self._rooms = server, rooms
        self._sockets = Sockets(server, rooms)
        self._watch: asyncio.Task[None] | None = None
        served = socketio.ASGIApp(server, socketio_path=None)
        app.router.routes.append(Mount(PATH, served))
        app.add_middleware(_Sockets, served=served)

    def open(self, services: Services) -> None:
        self._sockets.services = services
        services.messages.pass_on = self._rooms.pass_on
        self._server.manager_initialized = True
        self._rooms.initialize()
        self._watch = asyncio.create_task(Watch(self._sockets).run())

    async def close(self) -> None:
        if isinstance(self._rooms, SharedRooms):
            await self._rooms.told()
        tasks = [task for task in (self._watch, getattr(self._rooms, "thread", None)) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._sockets.drain()
        await self._server.shutdown()
        if (redis := getattr(self._rooms, "redis", None)) is not None:
            with suppress(Exception):  # it may be down
                await redis.aclose()


class _Sockets:
    """ASGI: web sockets of the chat do not pass the layers that requests need.

    A socket that sends more than it may is read more slowly; the others do not notice.
    """

    def __init__(self, app: ASGIApp, served: ASGIApp) -> None:
        self._app = app
        self._served = served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket" or not f"{scope['path']}/".startswith(f"{PATH}/"):
            await self._app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        allowed, at = FRAMES_AT_ONCE, loop.time()

        async def paced() -> Message:
            nonlocal allowed, at
            message = await receive()
            if message["type"] == "websocket.receive":
                now = loop.time()
                allowed, at = min(FRAMES_AT_ONCE, allowed + (now - at) * FRAMES_PER_S) - 1, now
                if allowed < 0:
                    await asyncio.sleep(-allowed / FRAMES_PER_S)
            return message

        try:
            await self._served(scope, paced, send)
        except Exception as error:  # noqa: BLE001  # what is no packet ends a socket, and is no failure
            log.info("chat_socket_ended", error=type(error).__name__)
