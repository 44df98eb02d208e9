"""Rooms in which everybody gets every message once and in order, in any order in which they arrive here.

A message is passed on after its commit, so two of them may arrive in the other order, and one that another program
passes on may get lost. They are numbered without gaps: what a seat was sent already is skipped, and a seat for which
one is missing is sent what is stored.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

import socketio  # type: ignore[import-untyped]  # it has no type information
from engineio import packet  # type: ignore[import-untyped]  # the same

from chat.lines import Line
from chat.packets import event_packet
from chat.seats import Seat, Seats

MESSAGE: Final = "message"
MESSAGES: Final = "messages"  # between programs: several at once
MAX_QUEUED: Final = 500  # packets that a connection has not read; later ones it can fetch when it comes back
NOBODY: Final = "-"  # a room that nobody is in: an older program sends what it does not know to nobody
TELL_WITHIN_S: Final = 2.0
MAX_OUTSIDE: Final = 5_000  # messages that wait for Redis; what is dropped is missed by its number, and read

Message = dict[str, Any]


class Rooms(socketio.AsyncManager):  # type: ignore[misc]  # the same
    """The room of a chat is named after it: those who have a seat there."""

    seats: Seats
    catch_up: Callable[[Seat], None]
    """Sends a seat what is stored."""
    too_slow: Callable[[Seat], None]
    """Sends a seat away that leaves too much unread."""

    def pass_on(self, messages: Sequence[Message]) -> None:
        """Sends stored messages to everybody at their chats."""
        for message in messages:
            self._deliver(message)

    def _deliver(self, message: Message) -> None:
        """To those at its chat in this program who have got all before it."""
        chat_id, number = message["chat_id"], message["number"]
        sent: packet.Packet | None = None
        self.seats.note(chat_id)
        for seat in self.seats.at(chat_id):
            if seat.catching_up:
                seat.missed = True
            elif number == seat.seen + 1:
                seat.seen = number
                sent = sent or event_packet(MESSAGE, message)  # made once for all of them
                self.send(seat, sent)
                if self.queued(seat) > MAX_QUEUED:
                    self.too_slow(seat)
            elif number > seat.seen:
                self.catch_up(seat)

    def send(self, seat: Seat, sent: packet.Packet) -> None:
        line = self.server.eio.sockets.get(seat.eio_sid)
        if isinstance(line, Line):
            line.write(sent)
        elif line is not None:
            line.queue.put_nowait(sent)

    def queued(self, seat: Seat) -> int:
        """How many packets its reader has not taken yet."""
        line = self.server.eio.sockets.get(seat.eio_sid)
        return 0 if line is None else int(line.queue.qsize())

    async def emit(self, event: str, data: Any, namespace: str, **how: Any) -> None:
        """As `AsyncManager.emit`, to connections of this program."""
        if event == MESSAGES:
            for message in data:
                self._deliver(message)
        elif event == MESSAGE and how.get("room") == data["chat_id"]:  # of an older program
            self._deliver(data)
        else:
            await super().emit(event, data, namespace, **how)

    def basic_disconnect(self, sid: str, namespace: str, **_: Any) -> None:
        """As the library, which looks into every room of everybody."""
        for room in (None, sid):
            self.basic_leave_room(sid, namespace, room)
        self.callbacks.pop(sid, None)
        for pending in (self.pending_connect, self.pending_disconnect):
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)
                if not pending[namespace]:
                    del pending[namespace]


class SharedRooms(socketio.AsyncRedisManager, Rooms):  # type: ignore[misc]  # the same
    """The same rooms, of several programs: Redis passes messages on to all of them, as many at a time as there are."""

    def __init__(self, url: str, channel: str, **how: Any) -> None:
        super().__init__(url, channel, **how)
        self._outside: deque[Message] = deque(maxlen=MAX_OUTSIDE)
        self._telling: asyncio.Task[None] | None = None

    def pass_on(self, messages: Sequence[Message]) -> None:
        super().pass_on(messages)
        self._outside.extend(messages)
        if self._telling is None and self._outside:
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        try:
            while self._outside:
                messages = list(self._outside)
                self._outside.clear()
                await self._publish(
                    {"method": "emit", "event": MESSAGES, "data": [messages], "namespace": "/", "room": NOBODY}
                    | {"host_id": self.host_id}
                )
        finally:
            self._telling = None

    async def told(self) -> None:
        """Returns when nothing waits for Redis, or it does not answer."""
        telling = self._telling
        if telling is not None:
            await asyncio.wait([telling], timeout=TELL_WITHIN_S)
            telling.cancel()
