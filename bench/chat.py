"""Connections a second at chats, each with 5 to 10 messages, and sockets that are open at once, against a real API."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from statistics import median, quantiles
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

import store
from bench import cpu, report
from bench.chat_client import ChatClient
from bench.options import Options
from bench.wallet_rest import PEPPER, SEALING_KEY, api_program
from bench.wallets import server
from devstack.ports import free_port
from devstack.postgres import APP, OWNER, PostgresServer
from domain.money import Money
from edge.database import Database
from edge.tokens import Claims, Tokens
from store.deals.buying import buy
from store.deals.offers import DEFAULT_TERMS, create_offer, moderate
from store.people.grants import begin_grant
from store.people.logins import create_login
from store.people.marketplaces import create_marketplace
from store.people.users import User, create_user

RATES = (20, 50, 100, 200)
ROUND_S = 10
LEAST, MOST = 5, 10
OPEN_AT_ONCE = 1_000
LISTENERS = 300
CHATS = 1_000
PAUSE_S = 0.05  # between two messages of a connection, on average: a second's talk in half a second
_PAIRS = text(
    """
    INSERT INTO deals SELECT (jsonb_populate_record(d, jsonb_build_object(
        'id', pair.id, 'buyer_id', pair.buyer_id, 'seller_id', pair.seller_id
    ))).*
    FROM deals d, unnest(CAST(:ids AS uuid[]), CAST(:buyers AS uuid[]), CAST(:sellers AS uuid[]))
         AS pair (id, buyer_id, seller_id)
    WHERE d.id = :first
    """
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A chat, and the tokens of its buyer and its seller."""

    chat_id: str
    buyer: str
    seller: str


@dataclass
class Round:
    """What one round measured; `deliveries_s` from the moment of sending to each arrival, at sender and listener."""

    rate: int
    connections: int = 0
    messages: int = 0
    late: int = 0
    """How many connections began more than a tenth of a second late: the measuring program was too busy."""
    connects_s: list[float] = field(default_factory=list)
    answers_s: list[float] = field(default_factory=list)
    deliveries_s: list[float] = field(default_factory=list)
    used_s: dict[str, float] = field(default_factory=dict)
    lasted_s: float = 0.0


@dataclass
class ChatLoad:
    port: int
    pairs: list[Pair]
    parts: dict[str, int]
    _sent: dict[str, float] = field(default_factory=dict)
    _next: count[int] = field(default_factory=count)
    _visits: count[int] = field(default_factory=count)

    async def round(self, rate: int, seconds: int, listeners: int = LISTENERS) -> Round:
        """`rate` connections a second: each comes, says 5 to 10 messages and leaves; some chats are listened to."""
        found = Round(rate)
        ears = [
            await ChatClient.come(self.port, pair.seller, pair.chat_id, self._heard(found))
            for pair in self.pairs[:listeners]
        ]
        before, begun = cpu.used_s(self.parts), time.perf_counter()
        visits = []
        for number in range(rate * seconds):
            due = begun + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            found.late += time.perf_counter() - due > 0.1
            pair = self.pairs[next(self._visits) % len(self.pairs)]
            visits.append(asyncio.create_task(self._visit(pair, found)))
        await asyncio.gather(*visits)
        found.lasted_s = time.perf_counter() - begun
        found.used_s = cpu.less(cpu.used_s(self.parts), before)
        for ear in ears:
            ear.leave()
        await asyncio.gather(*(ear.done for ear in ears))
        return found

    async def _visit(self, pair: Pair, found: Round) -> None:
        begun = time.perf_counter()
        client = await ChatClient.come(self.port, pair.buyer, pair.chat_id, self._heard(found))
        found.connects_s.append(time.perf_counter() - begun)
        found.connections += 1
        for number in range(random.randint(LEAST, MOST)):
            said = f"message {next(self._next)}"
            self._sent[said] = sent = time.perf_counter()
            answer = await client.say(number, said)
            assert answer["ok"], answer
            found.answers_s.append(time.perf_counter() - sent)
            found.messages += 1
            await asyncio.sleep(random.uniform(0, 2 * PAUSE_S))
        client.leave()
        await client.done

    def _heard(self, found: Round):
        came = time.perf_counter()

        def heard(message: dict[str, object], at: float) -> None:
            sent = self._sent.get(str(message["text"]), 0.0)
            # What was said before somebody came is history, and no delivery.
            if sent > came:
                found.deliveries_s.append(at - sent)

        return heard

    async def open_at_once(self, sockets: int) -> tuple[float, float]:
        """Opens so many sockets; kilobytes of the API's memory for each, and seconds until all were there."""
        before, begun = cpu.resident_kb(self.parts["API"]), time.perf_counter()
        clients = []
        for first in range(0, sockets, 50):
            coming = [
                ChatClient.come(self.port, pair.buyer, pair.chat_id, lambda message, at: None)
                for pair in self.pairs[first : min(first + 50, sockets)]
            ]
            clients += await asyncio.gather(*coming)
        lasted_s = time.perf_counter() - begun
        each_kb = (cpu.resident_kb(self.parts["API"]) - before) / sockets
        for client in clients:
            client.leave()
        await asyncio.gather(*(client.done for client in clients))
        return each_kb, lasted_s


@asynccontextmanager
async def chats(postgres: PostgresServer, name: str, pairs: int) -> AsyncIterator[ChatLoad]:
    """An API over a new database with so many deals, whose parties have tokens."""
    await postgres.create_database(name)
    await asyncio.to_thread(store.migrate, postgres.url(name, OWNER), APP)
    database = Database(postgres.url(name), pool_size=1)
    made = await database.run(lambda session: _pairs(session, pairs))
    port = free_port()
    more = {"HOLDFAST_CONNECTIONS_PER_ADDRESS": "4000"}
    async with api_program(postgres.url(name), port, **more) as pid:
        yield ChatLoad(port, made, {"API": pid, "PostgreSQL": postgres.pid or 0})
    await database.close()


async def _pairs(session: AsyncSession, pairs: int) -> list[Pair]:
    marketplace = await create_marketplace(session, "bench")
    tokens = Tokens([SEALING_KEY])
    people: list[tuple[UUID, str]] = []
    for number in range(2 * pairs):
        email = f"u{number}@example.test"
        user = await create_user(session, marketplace.id, name=f"u{number}", email=email, reference=None)
        login = await create_login(session, name=email, password=None, user_id=user.id)
        granted = await begin_grant(session, PEPPER.encode(), login.id)
        assert granted is not None
        claims = Claims(login.id, granted.grant_id, granted.issued_at, granted.expires_at)
        people.append((user.id, tokens.write(claims)))
    buyers, sellers = people[:pairs], people[pairs:]
    offer = await create_offer(
        session, marketplace.id, sellers[0][0], title="A thing", description="", price=Money(100_00, "RUB"),
        pay_within_s=3600, quantity=1, terms=DEFAULT_TERMS,
    )  # fmt: skip
    await moderate(session, offer.id, approve=True, commission_bp=0)
    buyer = await session.get_one(User, buyers[0][0])
    first = await buy(session, marketplace.id, offer_id=offer.id, buyer=buyer)
    ids = [first.id, *(await session.scalars(text(f"SELECT uuidv7() FROM generate_series(2, {pairs})")))]
    values = {"ids": ids[1:], "buyers": [one for one, _ in buyers[1:]], "sellers": [one for one, _ in sellers[1:]]}
    await session.execute(_PAIRS, values | {"first": first.id})
    return [
        Pair(str(id_), buyer_token, seller_token)
        for id_, (_, buyer_token), (_, seller_token) in zip(ids, buyers, sellers, strict=True)
    ]


async def run(options: Options) -> None:
    """Prints what was reached. Raises AssertionError when a message was not stored or a connection refused."""
    async with server("chat") as postgres, chats(postgres, "market", CHATS) as load:
        print("The chat: connections a second, each with 5 to 10 messages, then a disconnect\n")
        await load.round(5, 2, listeners=10)  # the first statements are prepared
        # First, because memory that was used before is used again.
        each_kb, lasted_s = await load.open_at_once(OPEN_AT_ONCE)
        opened = f"{each_kb:.0f} KB of the API's memory each, open after {lasted_s:.1f} s"
        print(f"{OPEN_AT_ONCE} sockets at once: {opened}\n")
        for rate in RATES:
            _show(await load.round(rate, ROUND_S))
            await asyncio.sleep(1)
        report.progress("measured")


def _show(found: Round) -> None:
    used = ", ".join(f"{part} {seconds / found.lasted_s:.2f}" for part, seconds in found.used_s.items())
    print(
        f"{found.rate} connections/s: {found.connections} in {found.lasted_s:.1f} s, {found.messages} messages, "
        f"{len(found.deliveries_s)} deliveries; late starts {found.late}; processors used: {used}"
    )
    for name, times in (("connect", found.connects_s), ("stored", found.answers_s), ("delivered", found.deliveries_s)):
        print(f"  {name:<10} median {median(times) * 1000:7.1f} ms, p99 {quantiles(times, n=100)[98] * 1000:7.1f} ms")
