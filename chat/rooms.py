"""Rooms in which everybody gets every message once and in order, in any order in which they arrive here.

A message is passed on after its commit, so two of them may arrive in the other order, and one that another program
passes on may get lost. They are numbered without gaps: what a seat was sent already is skipped, and a seat for which
one is missing is sent what is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import socketio  # type: ignore[import-untyped]  # it has no type information

from chat.seats import Seat, Seats

MESSAGE: Final = "message"


class Rooms(socketio.AsyncManager):  # type: ignore[misc]  # the same
    """The room of a chat is named after it. `catch_up` sends a seat what is stored."""

    seats: Seats
    catch_up: Callable[[Seat], None]

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: str | None = None,
        skip_sid: Any = None,
        callback: Any = None,
        to: str | None = None,
        **kwargs: Any,
    ) -> None:
        """As `AsyncManager.emit`, to connections of this program."""
        room = to or room
        if event == MESSAGE and room is not None and room == data["chat_id"]:
            skip_sid = self._not_for(room, data["number"])
            if skip_sid is None:
                return
        await super().emit(event, data, namespace, room=room, skip_sid=skip_sid, callback=callback, **kwargs)

    def _not_for(self, chat_id: str, number: int) -> list[str] | None:
        """The connections that a message is not for now; None: it is for none."""
        seats = self.seats.at(chat_id)
        if seats is None:
            return None
        skipped = []
        for seat in seats:
            if seat.catching_up:
                seat.missed = True
            elif number == seat.seen + 1:
                seat.seen = number
                continue
            elif number > seat.seen:
                self.catch_up(seat)
            skipped.append(seat.sid)
        return None if len(skipped) == len(seats) else skipped


class SharedRooms(socketio.AsyncRedisManager, Rooms):  # type: ignore[misc]  # the same
    """The same rooms, of several programs: Redis passes each message on to all of them."""
