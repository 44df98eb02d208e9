"""Web sockets on which Engine.IO reads and writes without a task, a timer or a queue for each packet.

The library waits for each packet in a task with a time-out, and writes in another task. Here the connection's own task
reads, what is sent is written at once, and only a socket whose reader is behind has a queue, and a task that empties
it. A client that polls, or polled first, is served in the library's ways.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final

import engineio  # type: ignore[import-untyped]  # it has no type information
import socketio  # type: ignore[import-untyped]  # the same
from engineio import exceptions, json, packet  # with bounds on numbers
from engineio.async_socket import AsyncSocket  # type: ignore[import-untyped]  # the same

from chat.packets import answer_packet, frame_of
from edge.connections import SOCKET, BoundedSocket

_NUMBER: Final = re.compile("[0-9]{1,15}")


class Line(AsyncSocket):  # type: ignore[misc]  # the same
    """The connection of a client that came by a web socket, with the interface of the library's."""

    def __init__(self, server: Engine, sid: str, environ: dict[str, Any]) -> None:
        super().__init__(server, sid)
        self.connected = self.upgraded = True
        self._socket: BoundedSocket = environ["asgi.scope"]["extensions"][SOCKET]
        self._asgi_receive, self._asgi_send = environ["asgi.receive"], environ["asgi.send"]
        self._work: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self.events: Mapping[str, Callable[..., Awaitable[object]]] = {}
        """What answers events by their names, once there is somebody to answer."""

    def accept(self, opening: packet.Packet) -> None:
        self._socket.accept()
        self.write(opening)

    async def run(self) -> None:
        """Reads until the connection ends. Raises ValueError for what is no packet."""
        try:
            while (came := await self._asgi_receive())["type"] == "websocket.receive":
                await self._take(came["text"] if came.get("bytes") is None else came["bytes"])
        finally:
            await self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)

    async def _take(self, data: str | bytes) -> None:
        sent = None if isinstance(data, str) and data[:1] == "4" else packet.Packet(encoded_packet=data)
        try:
            if sent is not None:
                await self.receive(sent)
            elif not await self._heard(str(data)):
                await self.server.handlers["message"](self.sid, data[1:])
        except (exceptions.UnknownPacketError, exceptions.SocketIsClosedError):
            return
        except Exception:
            self.server.logger.exception("what a socket sent has failed")

    async def _heard(self, data: str) -> bool:
        """Answers one of `events`, without attachments and in the one namespace; any other packet the library reads."""
        begin = data.find("[", 2)
        number = data[2:begin]
        if not data.startswith("42") or begin < 0 or (number and not _NUMBER.fullmatch(number)):
            return False
        name, *sent = json.loads(data[begin:])
        if not isinstance(name, str) or name not in self.events:
            return False
        answer = await self.events[name](*sent)
        if number:
            self.write(answer_packet(int(number), answer))
        return True

    def write(self, sent: packet.Packet) -> None:
        """Sends a packet, or queues it while the reader is behind; nothing once the connection has ended."""
        if self.closed:
            return
        if self.queue.empty() and self._socket.has_room:
            self._socket.write_frame(frame_of(sent))
            return
        if self.queue.empty():
            self._start(self._empty())
        self.queue.put_nowait(sent)

    async def send(self, pkt: packet.Packet) -> None:
        self.write(pkt)

    async def _empty(self) -> None:
        while not self.queue.empty():
            await self._socket.writable.wait()
            self._socket.write_frame(frame_of(self.queue.get_nowait()))
            self.queue.task_done()

    async def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        if self.closing:
            return
        await super().close(wait=wait, abort=abort, reason=reason)
        if self._timer is not None:
            self._timer.cancel()
        if not abort:
            self._start(self._hang_up())

    async def _hang_up(self) -> None:
        with suppress(Exception):  # it has ended already
            await self._asgi_send({"type": "websocket.close"})

    def schedule_ping(self) -> None:
        if self.last_ping:
            self.last_ping: float | None = None
            self._timer = asyncio.get_running_loop().call_later(self.server.ping_interval, self._ping)

    def _ping(self) -> None:
        if not self.closing:
            self.last_ping = time.time()
            self.write(packet.Packet(packet.PING))

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)


class Engine(engineio.AsyncServer):  # type: ignore[misc]  # the same
    """Engine.IO with a `Line` for each client that comes by a web socket."""

    async def _handle_connect(self, environ: Any, transport: str, jsonp_index: int | None = None) -> Any:
        if transport != "websocket":
            return await super()._handle_connect(environ, transport, jsonp_index)
        if self.start_service_task:  # it ends connections that answer no ping
            self.start_service_task: bool = False
            self.service_task_handle = self.start_background_task(self._service_task)
        sid = self.generate_id()
        line = self.sockets[sid] = Line(self, sid, environ)
        try:
            line.accept(self._opening(sid))
            await self.handlers["connect"](sid, environ)
            line.schedule_ping()
            await line.run()
        finally:
            self.sockets.pop(sid, None)
        return ""

    def _opening(self, sid: str) -> packet.Packet:
        terms = {
            "sid": sid,
            "upgrades": [],
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval + self.ping_interval_grace_period) * 1000,
            "maxPayload": self.max_http_buffer_size,
        }
        return packet.Packet(packet.OPEN, terms)


class Server(socketio.AsyncServer):  # type: ignore[misc]  # the same
    """Socket.IO on such an Engine.IO."""

    accepted: Callable[[str], None]
    """Called with Engine.IO's name for a connection that knows now whether it was accepted."""

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        await super()._handle_connect(eio_sid, namespace, data)
        self.accepted(eio_sid)
