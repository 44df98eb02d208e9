"""People at the chat of a deal, with Socket.IO's own client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest_asyncio
import socketio  # type: ignore[import-untyped]  # it has no type information
from sqlalchemy import text

from edge.database import Database
from edge.tokens import Claims, Tokens
from store.people.grants import Granted, begin_grant
from store.people.logins import create_login
from tests.fixtures.market_client import Json
from tests.fixtures.people import People
from tests.fixtures.shop import Shop

PATIENCE_S = 30.0


@dataclass
class Talker:
    """One connection. `heard` are the messages that came, `closed` is the name of why the server ended it."""

    client: Any
    heard: list[Json] = field(default_factory=list)
    refused: Json | None = None
    closed: Json | None = None
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def say(self, text: str, **more: Any) -> Json:
        """What the server answers to a message."""
        return await self.call("message", {"text": text, **more})

    async def call(self, event: str, *sent: Any) -> Json:
        answer: Json = await self.client.call(event, sent if len(sent) != 1 else sent[0], timeout=PATIENCE_S)
        return answer

    async def texts(self, count: int) -> list[str]:
        """The texts of all messages so far, once there are `count`."""
        async with asyncio.timeout(PATIENCE_S):
            while len(self.heard) < count:
                self._news.clear()
                await self._news.wait()
        return [one["text"] for one in self.heard]

    async def sent_away(self) -> str:
        """Why the server ended the connection, once it did."""
        async with asyncio.timeout(PATIENCE_S):
            await self.gone.wait()
        assert self.closed is not None
        return str(self.closed["code"])

    def take(self, message: Json) -> None:
        self.heard.append(message)
        self._news.set()


@asynccontextmanager
async def connected(address: str, auth: object, **how: Any) -> AsyncIterator[Talker]:
    """A connection with this `auth`, refused or not."""
    client = socketio.AsyncClient(reconnection=False)
    talker = Talker(client)

    async def closed(why: Json) -> None:
        talker.closed = why

    async def refused(why: Json) -> None:
        talker.refused = why

    async def gone(*_: object) -> None:
        talker.gone.set()

    async def message(sent: Json) -> None:
        talker.take(sent)

    for event, handler in (("closed", closed), ("connect_error", refused), ("disconnect", gone), ("message", message)):
        client.on(event, handler)
    try:
        await client.connect(address, auth=auth, wait_timeout=PATIENCE_S, **{"transports": ["websocket"], **how})
    except socketio.exceptions.ConnectionError:
        assert talker.refused is not None, "refused without a name"
    try:
        yield talker
    finally:
        await client.disconnect()


@dataclass
class Party:
    """The buyer or the seller of the shop, logged in."""

    user_id: str
    granted: Granted
    token: str


@dataclass
class Chats:
    """Deals of a shop whose buyer and seller have logins."""

    shop: Shop
    people: People
    buyer: Party
    seller: Party

    @property
    def address(self) -> str:
        return self.shop.api.address

    def at(self, deal: Json, party: Party, **more: Any) -> Any:
        """The party's connection to the chat of a deal."""
        return connected(self.address, {"token": party.token, "chat_id": deal["id"], **more})

    async def say(self, deal: Json, party: Party, text: str) -> Json:
        """Said over REST by the marketplace, on behalf of the party."""
        return await self.shop.api.client.make(
            f"/deals/{deal['id']}/messages", {"user_id": party.user_id, "text": text}
        )

    async def stored(self, deal: Json) -> list[str]:
        query = "SELECT text FROM messages WHERE deal_id = CAST(:id AS uuid) ORDER BY number"
        return [row.text for row in await self.shop.api.rows(query, id=deal["id"])]

    async def as_owner(self, statement: str, **values: object) -> None:
        """Changes what the application's role cannot."""
        database = Database(self.shop.api.test_database.owner_url, pool_size=1)
        async with database.transaction() as session:
            await session.execute(text(statement), values)
        await database.close()

    def token(self, granted: Granted, expires_at: datetime | None = None) -> str:
        claims = Claims(granted.person.login_id, granted.grant_id, granted.issued_at, expires_at or granted.expires_at)
        return Tokens(self.shop.api.settings.sealing_key_bytes).write(claims)

    async def staff(self) -> Party:
        """An operator, logged in."""
        somebody = await self.people.staff()
        async with self.people.database.transaction() as session:
            granted = await begin_grant(session, self.people.pepper, somebody.login_id)
        assert granted is not None
        return Party(str(somebody.owner_id), granted, self.token(granted))

    async def party(self, user: Json) -> Party:
        async with self.people.database.transaction() as session:
            name = f"{user['id']}@example.test"
            login = await create_login(session, name=name, password=None, user_id=UUID(user["id"]))
            granted = await begin_grant(session, self.people.pepper, login.id)
        assert granted is not None
        return Party(user["id"], granted, self.token(granted))

    async def soon_over(self, party: Party, lasts: timedelta) -> Party:
        """The same party with a token that lasts so long from now."""
        [(now,)] = await self.shop.api.rows("SELECT clock_timestamp()")
        return Party(party.user_id, party.granted, self.token(party.granted, now + lasts))


async def chats_of(shop: Shop, people: People) -> Chats:
    made = Chats(shop, people, None, None)  # type: ignore[arg-type]  # filled in below
    made.buyer, made.seller = await made.party(shop.buyer), await made.party(shop.seller)
    return made


@pytest_asyncio.fixture(loop_scope="session")
async def chats(shop: Shop, people: People) -> Chats:
    return await chats_of(shop, people)
