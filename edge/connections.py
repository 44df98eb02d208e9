"""HTTP connections with bounds: what arrives before the application sees it cannot slow down other callers.

uvicorn's fast parser, plus the bounds that it lacks: on the size of a head, on the time for a head and a body to
arrive, on the time an answer may wait to be read, and on connections per caller and in all. They cost a request only
comparisons: each connection has one timer, which checks the next deadline when it is due.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from http import HTTPStatus
from typing import Any, ClassVar, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from edge.addresses import Proxies, one_caller
from edge.frames import whole_texts
from edge.limits import Limits

SOCKET: Final = "holdfast.socket"
"""The extension of ASGI by which an application finds the `BoundedSocket` of its connection."""


def bounded(limits: Limits) -> type[asyncio.Protocol]:
    """The protocol for one server. Each server has its own class, because its connections are counted together."""
    counted: Counter[str] = Counter()
    return type("Bounded", (_Bounded,), {"limits": limits, "counted": counted, "proxies": Proxies(limits.proxies)})


class _Bounded(HttpToolsProtocol):
    limits: ClassVar[Limits]
    counted: ClassVar[Counter[str]]
    proxies: ClassVar[Proxies]

    _caller: str | None = None
    _due: float | None = None  # when the part of a request that is arriving must be complete
    _read_by: float | None = None  # when an answer that is being sent must have been read
    _in_head = False
    _in_body = False
    _got_on = False  # whether the bytes just read began a message, ended a message or a head, or contained body
    _unread_bytes = 0  # bytes since the last end of a head or piece of body
    _timer: asyncio.TimerHandle | None = None

    # --- connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        caller = one_caller(self.client[0]) if self.client else ""
        full = self.counted.total() >= self.limits.connections
        if full or (self.counted[caller] >= self.limits.of_caller and caller not in self.proxies):
            transport.abort()
            return
        self._caller = caller
        self.counted[caller] += 1
        self._due = self.loop.time() + self.limits.head_s
        self._timer = self.loop.call_later(self.limits.head_s, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._caller is not None:
            self.counted[self._caller] -= 1
            if not self.counted[self._caller]:
                del self.counted[self._caller]
        if self._timer is not None:
            self._timer.cancel()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    # --- bytes

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._due is None:
            self._due = self.loop.time() + self.limits.head_s
        self._got_on = False
        super().data_received(data)
        if self._got_on:
            self._unread_bytes = 0
            return
        # One read is at most 256 KiB; that and this bound what the parser keeps of an endless line.
        self._unread_bytes += len(data)
        if self._unread_bytes > self.limits.head_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        self._in_head = self._got_on = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        # Fields after a body would be added to the headers after every check of those.
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head, self._in_body, self._got_on = False, True, True
        head_bytes = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if head_bytes > self.limits.head_bytes:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        if self.transport.is_closing():
            return
        self._due = self.loop.time() + self.limits.body_s
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._got_on = True
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_body, self._got_on, self._due = False, True, None
        if not self.transport.is_closing():
            super().on_message_complete()

    def pause_writing(self) -> None:
        self._read_by = self.loop.time() + self.limits.answer_s
        super().pause_writing()

    def resume_writing(self) -> None:
        self._read_by = None
        super().resume_writing()

    # --- web sockets

    def handle_websocket_upgrade(self) -> None:
        """The connection goes on as a web socket, and still counts."""
        assert self._timer is not None
        self._timer.cancel()
        super().handle_websocket_upgrade()
        protocol = self.transport.get_protocol()
        if isinstance(protocol, BoundedSocket):
            protocol.keep(self.counted, self._caller or "", self.limits.answer_s)
        self._caller = None

    # --- time

    def _look(self) -> None:
        """Ends the connection when something is overdue, else sets the timer for the next deadline."""
        now = self.loop.time()
        if self.transport.is_closing() and self._read_by is None:
            self._read_by = now + self.limits.answer_s  # closed as soon as the reader has taken what was sent before
        if self._read_by is not None and now >= self._read_by:
            self.transport.abort()
            return
        if self._due is not None and self.flow.read_paused:
            self._due = now + self.limits.body_s  # not the caller's fault: we are not reading
        if self._due is not None and now >= self._due:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        moments = [moment for moment in (self._due, self._read_by) if moment is not None and moment > now]
        self._timer = self.loop.call_at(min([now + self.limits.head_s, *moments]), self._look)

    def _refuse(self, status: HTTPStatus) -> None:
        """Closes the connection, with a reason if no answer has begun."""
        if self.transport.is_closing():
            return
        cycle = cast("RequestResponseCycle | None", self.cycle)
        answering = cycle is not None and cycle.response_started and not cycle.response_complete
        if not answering and (self._in_head or self._in_body):
            self.transport.write(
                f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
            )
        self.transport.close()


class BoundedSocket(WebSocketsSansIOProtocol):
    """A web socket on a connection that was an HTTP connection before: counted with those, and cut off when nobody
    reads what is sent."""

    _counted: Counter[str] | None = None
    _caller = ""
    _read_within_s = 0.0
    _reading: asyncio.TimerHandle | None = None
    _only_texts = True

    def keep(self, counted: Counter[str], caller: str, read_within_s: float) -> None:
        self._counted, self._caller, self._read_within_s = counted, caller, read_within_s

    def data_received(self, data: bytes) -> None:
        # Until something else comes, frames need not pass the parser, which takes a third of the time that a message
        # takes here. Then it stays with the parser, which alone knows where it is.
        if self.handshake_initiated and not self.handshake_complete:
            self._only_texts = False  # it did not wait to be accepted
        if self._only_texts and self.handshake_complete and not self.close_sent:
            texts, read = whole_texts(data, self.config.ws_max_size)
            for text in texts:
                self.queue.put_nowait({"type": "websocket.receive", "text": text})
            if texts and not self.read_paused:
                self.read_paused = True
                self.transport.pause_reading()
            if read == len(data):
                return
            self._only_texts, data = False, data[read:]
        super().data_received(data)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            cast("dict[str, Any]", self.scope["extensions"])[SOCKET] = self

    def accept(self) -> None:
        """As `websocket.accept`, without the layers that it would pass."""
        if not self.transport.is_closing():
            self.handshake_complete = True
            self.conn.send_response(self.response)
            self.transport.write(b"".join(self.conn.data_to_send()))

    @property
    def has_room(self) -> bool:
        """Whether what is sent now is not kept here until the other side reads."""
        return self.writable.is_set()

    def write_frame(self, frame: bytes) -> None:
        """Sends a whole frame as it is, so that one can be made for many sockets; nothing once the socket is closed."""
        if not (self.close_sent or self.disconnected or self.transport.is_closing()):
            self.transport.write(frame)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._counted is not None:
            self._counted[self._caller] -= 1
            if not self._counted[self._caller]:
                del self._counted[self._caller]
            self._counted = None
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        self._reading = self.loop.call_later(self._read_within_s, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        super().resume_writing()


def server_settings(limits: Limits, *, sockets: bool = False) -> dict[str, Any]:
    """For `uvicorn.Config`: bounded connections, and only these proxies trusted about addresses.

    With `sockets` web sockets too, without compression, which would take a third of a megabyte for each.
    """
    return {
        "http": bounded(limits),
        "ws": BoundedSocket if sockets else "none",
        "ws_max_size": limits.frame_bytes,
        "ws_per_message_deflate": False,
        "ws_ping_interval": None,  # Engine.IO has pings of its own
        "proxy_headers": bool(limits.proxies),
        "forwarded_allow_ips": list(limits.proxies),
    }
