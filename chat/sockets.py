"""What happens on the sockets: people come to a chat, are sent what is stored, write, read, and are sent away.

Everything is asked again at every event: whether the token or session is still valid, and whether its owner may still
be at this chat.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final, TypeVar
from uuid import uuid4

import socketio  # type: ignore[import-untyped]  # it has no type information
import structlog
from pydantic import BaseModel, ValidationError

from chat.lines import Line, Server
from chat.packets import event_packet
from chat.rooms import MESSAGE, Rooms
from chat.schemas import AuthIn, MessageIn, ReadIn
from chat.seats import Seat, Seats
from domain.errors import Forbidden, Malformed, Refusal, Unauthenticated, Unavailable
from edge.database import OUTAGES, is_behind, is_outage
from edge.idempotency import HEADER, problem_body
from edge.problem import said_of
from fronts.cookies import SESSION, host_cookie
from fronts.messages import Messages, Wanted, shown
from fronts.services import Services
from market.actor import Actor
from market.messages import look_in, read
from store.deals.chats import Credential
from store.people.sessions import session_digest

log = structlog.get_logger()

Ack = dict[str, Any]
Shape = TypeVar("Shape", bound=BaseModel)

CATCH_UP_QUEUED: Final = 100  # stored messages wait until fewer are queued, so that a long chat takes little memory
HANG_UP_WITHIN_S: Final = 2.0
_LOOK_S: Final = 0.05
_CODES: Final = {"extra_forbidden": "unknown_field", "missing": "missing_field"}


class Sockets:
    """The handlers of one server, whose rooms are `rooms`."""

    def __init__(self, server: Server, rooms: Rooms) -> None:
        self.server = server
        server.accepted = self.accepted
        self.seats = rooms.seats = Seats()
        self._rooms = rooms
        rooms.catch_up, rooms.too_slow = self.catch_up, self._too_slow
        self.services: Services
        self.ignored = 0
        """How many events broke a rule; the log says so from time to time."""
        self._tasks: set[asyncio.Task[None]] = set()
        for event in (self.connect, self.disconnect, self.message, self.read):
            server.on(event.__name__, event)

    # --- events

    async def connect(self, sid: str, _environ: object, auth: object = None) -> None:
        """Refuses by name: bad_access_token, unknown_deal, chat_is_private, too_many_sockets and others."""
        if self.seats.of(sid) is not None:
            return  # a client may send an event of this name
        eio_sid = self.server.manager.eio_sid_from_sid(sid, "/")
        try:
            with _outages():
                await self._come(sid, eio_sid, auth)
        except Refusal as refusal:
            self._start(self._hang_up(eio_sid, pause_s=1.0))
            raise socketio.exceptions.ConnectionRefusedError(refusal.code, problem_body(refusal)) from None

    def accepted(self, eio_sid: str) -> None:
        """Sends what was read when it was admitted to a client that knows that it is, and then what has come since."""
        seat = self.seats.of(self.server.manager.sid_from_eio_sid(eio_sid, "/") or "")
        if seat is not None and seat.page is not None:
            self._hear(seat, {"message": partial(self.message, seat.sid), "read": partial(self.read, seat.sid)})
            page, seat.page = seat.page, None
            if not self._send_page(seat, page):
                self._start(self._send_stored(seat))

    async def disconnect(self, sid: str, *_: object) -> None:
        seat = self.seats.leave(sid)
        if seat is not None:
            self._hear(seat, {})

    def _hear(self, seat: Seat, events: Mapping[str, Callable[..., Awaitable[Ack | None]]]) -> None:
        line = self.server.eio.sockets.get(seat.eio_sid)
        if isinstance(line, Line):
            line.events = events

    async def message(self, sid: str, *sent: object) -> Ack | None:
        """Stores a message, then sends it to everybody at the chat. The answer says whether it was stored."""
        return await self._answer(sid, self._say, *sent)

    async def read(self, sid: str, *sent: object) -> Ack | None:
        """Notes up to which message the person has read."""
        return await self._answer(sid, self._read, *sent)

    # --- what they do

    async def _come(self, sid: str, eio_sid: str, auth: object) -> None:
        """Takes a seat for somebody who may have one, and reads the first page for it."""
        asked = _parsed(AuthIn, auth if auth is not None else {})
        credential = self._credential(asked, self.server.get_environ(sid))
        with self.seats.arriving(str(asked.chat_id)) as arrival:
            come = await self.services.messages.come(credential, asked.chat_id, asked.after)
            operator_id = come.who.operator_id
            if operator_id is not None:
                await self.services.database.run(lambda session: look_in(session, operator_id, asked.chat_id))
            if eio_sid not in self.server.environ:
                raise Unauthenticated("bad_access_token", "The connection has ended.")
            seat = Seat(sid, eio_sid, asked.chat_id, come.buyer_id, credential, come.who, asked.after)
            seat.page = [shown(one) for one in come.page]
            seat.missed = arrival.missed or operator_id is not None  # what an operator may read is read now
            self.seats.take(seat)

    def _credential(self, asked: AuthIn, environ: Mapping[str, Any]) -> Credential:
        """Of a token; without one, that of a session of our pages, if one of our pages asks."""
        if asked.token is not None:
            claims = self.services.tokens.read(asked.token)
            if claims is None:
                raise Unauthenticated("bad_access_token", "The access token is wrong, over or ended: get another one.")
            return Credential(claims.grant_id, claims.expires_at)
        scope = environ["asgi.scope"]
        secure = scope["scheme"] in ("https", "wss")
        origin = f"{'https' if secure else 'http'}://{environ.get('HTTP_HOST', '')}"
        cookies: SimpleCookie = SimpleCookie()
        with suppress(CookieError):
            cookies.load(environ.get("HTTP_COOKIE", ""))
        cookie = cookies.get(host_cookie(SESSION, secure=secure))
        if cookie is None or environ.get("HTTP_ORIGIN") != origin:
            raise Unauthenticated("bad_access_token", "An access token is needed: auth.token.")
        return Credential(session_digest=session_digest(cookie.value[:200], self.services.settings.pepper_bytes))

    async def _say(self, seat: Seat, sent: object) -> Ack:
        said = _parsed(MessageIn, sent)
        if seat.who.user_id is None:
            raise Forbidden("read_only", "Operators read a chat and write nothing in it.")
        # The client names its messages: one that is sent again is stored once.
        name = said.id or str(uuid4())
        answer = await self.services.messages.say_as(seat.who.user_id, seat.deal_id, said.text, name, seat.credential)
        if answer.status >= 400:
            return _refused(answer.body)
        return {"ok": True, "message": answer.body}

    async def _read(self, seat: Seat, sent: object) -> Ack | None:
        number = _parsed(ReadIn, sent).number
        if seat.who.user_id is None:
            raise Forbidden("read_only", "Operators read a chat and write nothing in it.")
        if not await self.still_admitted(seat):
            return None
        user_id, deal_id = seat.who.user_id, seat.deal_id
        actor = Actor(None, user_id, deal_id)
        await self.services.database.run(lambda session: read(session, actor, deal_id, user_id, number))
        return {"ok": True}

    async def _answer(self, sid: str, act: Any, *sent: object) -> Ack | None:
        seat = self.seats.of(sid)
        if seat is None:
            return None
        try:
            with _outages():
                try:
                    if len(sent) != 1:
                        raise Malformed("invalid_field", "An event has one object.")
                    done: Ack | None = await act(seat, sent[0])
                except (Malformed, Forbidden):  # nobody has asked yet
                    if not await self.still_admitted(seat):
                        return None
                    raise
        except Unauthenticated as refusal:
            await self.send_away(seat, refusal)
            return None
        except Refusal as refusal:
            self.ignored += 1
            return _refused(problem_body(refusal))
        return done

    # --- sending

    def _too_slow(self, seat: Seat) -> None:
        self._start(self.send_away(seat, Unavailable("too_slow", "Too much was left unread. Connect again.", 1)))

    def catch_up(self, seat: Seat) -> None:
        """Sends a seat, in the background, what is stored and was not sent to it."""
        seat.catching_up = True
        self._start(self._send_stored(seat))

    async def _send_stored(self, seat: Seat) -> None:
        try:
            while self.seats.of(seat.sid) is seat:
                seat.missed = False
                found = await self.services.messages.after(Wanted(seat.deal_id, seat.buyer_id, seat.seen))
                if self._send_page(seat, found):
                    return
                while self._rooms.queued(seat) > CATCH_UP_QUEUED:  # noqa: ASYNC110  # the library's queue has no event
                    await asyncio.sleep(_LOOK_S)
        except (*OUTAGES, Unavailable) as error:
            log.warning("chat_not_sent", chat=seat.chat_id, error=type(error).__name__)
            await self.send_away(seat, _unavailable())

    async def look_after(self, seats: Sequence[Seat]) -> None:
        """Sends those away who may be here no longer; the database is asked about all of them at once."""
        found = await self.services.messages.admit_all([(seat.credential, seat.deal_id) for seat in seats])
        for seat, one in zip(seats, found, strict=True):
            if isinstance(one, Refusal):
                await self.send_away(seat, one)

    def _send_page(self, seat: Seat, page: list[dict[str, Any]]) -> bool:
        """Sends stored messages; returns whether there are no more of them."""
        for message in page:
            self._rooms.send(seat, event_packet(MESSAGE, message))
            seat.seen = message["number"]
        if len(page) == Messages.PAGE or seat.missed:
            return False
        seat.catching_up = False
        return True

    async def still_admitted(self, seat: Seat) -> bool:
        """Sends the seat away when its token or session has ended, or its owner may be here no longer."""
        try:
            await self.services.messages.admit(seat.credential, seat.deal_id)
        except Unavailable:
            raise
        except Refusal as refusal:
            await self.send_away(seat, refusal)
            return False
        return True

    async def send_away(self, seat: Seat, refusal: Refusal) -> None:
        """Ends a connection: its last event, `closed`, has the name of the reason."""
        if self.seats.leave(seat.sid) is None:
            return
        await self.server.emit("closed", problem_body(refusal), to=seat.sid, ignore_queue=True)
        await self.server.disconnect(seat.sid, ignore_queue=True)
        self._start(self._hang_up(seat.eio_sid))

    async def _hang_up(self, eio_sid: str, pause_s: float = 0.0) -> None:
        """Ends the transport too, once what waits has been sent or cannot be."""
        await asyncio.sleep(pause_s)
        sid = self.server.manager.sid_from_eio_sid(eio_sid, "/")
        if sid is not None and self.seats.of(sid) is not None:
            return  # a refused client has come back with something better
        environ = self.server.environ.get(eio_sid, {})
        with suppress(TimeoutError, KeyError):
            async with asyncio.timeout(HANG_UP_WITHIN_S):
                await self.server.eio.disconnect(eio_sid)
        if environ.get("asgi.scope", {}).get("type") == "websocket":
            with suppress(Exception):  # it is closed already
                await environ["asgi.send"]({"type": "websocket.close"})

    def hang_up(self, eio_sid: str) -> None:
        self._start(self._hang_up(eio_sid))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)


@contextmanager
def _outages() -> Iterator[None]:
    """An outage of the database is a refusal that says so."""
    try:
        yield
    except OUTAGES as error:
        if is_outage(error) or is_behind(error):
            raise _unavailable() from None
        raise


def _unavailable() -> Unavailable:
    return Unavailable("database_unavailable", "Try again later.", 1)


def _refused(error: Mapping[str, Any]) -> Ack:
    """A socket has no headers: what they say of a request, `id` says of a message."""
    return {"ok": False, "error": {**error, **({"field": "id"} if error.get("field") == HEADER else {})}}


def _parsed(shape: type[Shape], sent: object) -> Shape:
    try:
        return shape.model_validate(sent)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or None
    raise Malformed(_CODES.get(first["type"], "invalid_field"), said_of(first), field and field[:100])
