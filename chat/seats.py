"""Who is connected to which chat of this program, and up to which message each was sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from domain.errors import TooMany, Unavailable
from market.messages import Admitted
from store.deals.chats import Credential

MAX_SEATS: Final = 3_000  # of one program: of 4,000 connections some must be left for everything else
MAX_OF_PERSON: Final = 10  # as many pages and devices as one may well have open


@dataclass(slots=True, eq=False)
class Seat:
    """One connection that was admitted to a chat. `sid` is Socket.IO's name for it, `eio_sid` the transport's."""

    sid: str
    eio_sid: str
    deal_id: UUID
    buyer_id: UUID
    credential: Credential
    who: Admitted
    seen: int
    """The number of the last message that was sent to it."""
    catching_up: bool = True
    """It is being sent stored messages; what is said meanwhile comes from there too."""
    missed: bool = False
    """Something was said since the last look for stored messages."""
    page: list[dict[str, Any]] | None = None
    """Stored messages that it is sent once it knows that it was admitted."""

    @property
    def chat_id(self) -> str:
        return str(self.deal_id)


@dataclass(slots=True, eq=False)
class Arrival:
    """Somebody of whom it is not known yet whether they may be at a chat."""

    chat_id: str
    missed: bool = False
    """Something was said there since they came."""


class Seats:
    def __init__(self) -> None:
        self._arriving: dict[str, list[Arrival]] = {}
        self._by_sid: dict[str, Seat] = {}
        self._by_chat: dict[str, dict[str, Seat]] = {}
        self._of_person: Counter[str] = Counter()

    @contextmanager
    def arriving(self, chat_id: str) -> Iterator[Arrival]:
        """Notes for somebody who has no seat yet whether something is said at a chat."""
        arrival = Arrival(chat_id)
        self._arriving.setdefault(chat_id, []).append(arrival)
        try:
            yield arrival
        finally:
            others = self._arriving[chat_id]
            others.remove(arrival)
            if not others:
                del self._arriving[chat_id]

    def note(self, chat_id: str) -> None:
        """Something is said at a chat."""
        for arrival in self._arriving.get(chat_id, ()):
            arrival.missed = True

    def take(self, seat: Seat) -> None:
        """Raises `TooMany` too_many_sockets for a person with too many, `Unavailable` overloaded for a full program."""
        if self._of_person[seat.who.person] >= MAX_OF_PERSON:
            raise TooMany("too_many_sockets", "Too many connections are open already: close some.", 5)
        if len(self._by_sid) >= MAX_SEATS:
            raise Unavailable("overloaded", "No more connections can be served now. Try again later.", 5)
        self._by_sid[seat.sid] = seat
        self._by_chat.setdefault(seat.chat_id, {})[seat.sid] = seat
        self._of_person[seat.who.person] += 1

    def leave(self, sid: str) -> Seat | None:
        """Frees the seat of a connection; None when it had none."""
        seat = self._by_sid.pop(sid, None)
        if seat is None:
            return None
        chat = self._by_chat[seat.chat_id]
        del chat[sid]
        if not chat:
            del self._by_chat[seat.chat_id]
        self._of_person[seat.who.person] -= 1
        if not self._of_person[seat.who.person]:
            del self._of_person[seat.who.person]
        return seat

    def of(self, sid: str) -> Seat | None:
        return self._by_sid.get(sid)

    def at(self, chat_id: str) -> list[Seat]:
        chat = self._by_chat.get(chat_id)
        return [] if chat is None else list(chat.values())

    def all(self) -> list[Seat]:
        return list(self._by_sid.values())
