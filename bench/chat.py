"""Connections a second at chats, each with 5 to 10 messages, and sockets that are open at once, against real APIs."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

import store
from bench import cpu, report
from bench.chat_load import Load, Pair, Round, chat_load
from bench.options import Options
from bench.wallet_rest import PEPPER, SEALING_KEY, api_program
from bench.wallets import server
from devstack.ports import HOST, free_port
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
OPEN_AT_ONCE = 1_000
LISTENERS = 300
CHATS = 1_000
FULL = 0.9  # of a processor: a program that uses so much has no more to give
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


@dataclass
class Measured:
    """A round, and the processor seconds of each program while it lasted."""

    round: Round
    used_s: dict[str, float]

    @property
    def connection_ms(self) -> dict[str, float]:
        """Processor milliseconds of each program for a connection with its messages."""
        return {part: seconds * 1000 / self.round.connected.count for part, seconds in self.used_s.items()}

    @property
    def full(self) -> list[str]:
        """Programs that one processor is not enough for; PostgreSQL is many, and never among them."""
        parts = (part for part in self.used_s if part != "PostgreSQL")
        return [part for part in parts if self.used_s[part] / self.round.lasted_s >= FULL]


@dataclass
class Chats:
    """Running APIs with chats, and the program whose people come to them."""

    load: Load
    parts: dict[str, int]
    """The process id of each program, the APIs first."""
    apis: list[int] = field(default_factory=list)

    async def round(self, rate: int, seconds: int, listeners: int = LISTENERS) -> Measured:
        """`listeners` are there before, and stay to the end."""
        await self.load.listen(listeners)
        before = cpu.used_s(self.parts)
        found = await self.load.round(rate, seconds)
        used_s = cpu.less(cpu.used_s(self.parts), before)
        await self.load.leave()
        return Measured(found, used_s)

    async def open_at_once(self, sockets: int) -> tuple[float, float]:
        """Opens so many sockets; kilobytes of the APIs' memory for each, and seconds until all were there."""
        before = sum(map(cpu.resident_kb, self.apis))
        lasted_s = await self.load.open(sockets)
        each_kb = (sum(map(cpu.resident_kb, self.apis)) - before) / sockets
        await self.load.leave()
        return each_kb, lasted_s


@asynccontextmanager
async def chats(postgres: PostgresServer, name: str, pairs: int, programs: int = 1) -> AsyncIterator[Chats]:
    """APIs on one port over a new database with so many deals, whose parties have tokens."""
    await postgres.create_database(name)
    await asyncio.to_thread(store.migrate, postgres.url(name, OWNER), APP)
    database = Database(postgres.url(name), pool_size=1)
    made = await database.run(lambda session: _pairs(session, pairs))
    await database.close()
    port = free_port()
    more = {"HOLDFAST_CONNECTIONS_PER_ADDRESS": "4000"}
    async with AsyncExitStack() as running:
        parts: dict[str, int] = {}
        if programs > 1:
            more["HOLDFAST_CHAT_REDIS_URL"], parts["Redis"] = await running.enter_async_context(_redis())
        apis = [
            await running.enter_async_context(api_program(postgres.url(name), port, **more)) for _ in range(programs)
        ]
        load = await running.enter_async_context(chat_load(port, made))
        named = {f"API {number}" if programs > 1 else "API": pid for number, pid in enumerate(apis, 1)}
        parts = named | {"PostgreSQL": postgres.pid or 0} | parts | {"the people": load.process.pid}
        yield Chats(load, parts, apis)


def _redis_program() -> str | None:
    return shutil.which("redis-server") or shutil.which("valkey-server")


@asynccontextmanager
async def _redis() -> AsyncIterator[tuple[str, int]]:
    """A Redis that keeps nothing: its address and process id."""
    program = _redis_program()
    assert program is not None, "several programs need redis-server or valkey-server on this machine"
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="holdfast-bench-redis-") as folder:
        options = ("--port", str(port), "--bind", HOST, "--save", "", "--dir", folder)
        process = await asyncio.create_subprocess_exec(program, *options, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        while b"Ready to accept connections" not in (line := await process.stdout.readline()):
            assert line, "redis did not start"
        yield f"redis://{HOST}:{port}/0", process.pid
        process.terminate()
        await process.communicate()


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
    print("The chat: connections a second, each with 5 to 10 messages, then a disconnect\n")
    async with server("chat") as postgres:
        for programs in sorted(set(options.programs)):
            if programs > 1 and _redis_program() is None:
                print(f"{programs} API programs are not measured: there is no redis-server or valkey-server\n")
                continue
            async with chats(postgres, f"market_{programs}", CHATS, programs) as made:
                print(f"{programs} API program{'s' if programs > 1 else ''}\n")
                await _measure(made)


async def _measure(made: Chats) -> None:
    await made.round(5, 2, listeners=10)  # the first statements are prepared
    # First, because memory that was used before is used again.
    each_kb, lasted_s = await made.open_at_once(OPEN_AT_ONCE)
    print(f"{OPEN_AT_ONCE} sockets at once: {each_kb:.0f} KB of memory each, open after {lasted_s:.1f} s\n")
    for rate in RATES:
        _show(await made.round(rate, ROUND_S))
        await asyncio.sleep(1)
    report.progress("measured")


def _show(measured: Measured) -> None:
    found = measured.round
    print(f"{found.rate} connections/s: {found.connected.count} in {found.lasted_s:.1f} s, late starts {found.late}")
    print(f"  {found.stored.count} messages, {found.delivered.count} deliveries")
    print(f"  processor full: {', '.join(measured.full) or 'none'}")
    for name in ("connected", "stored", "delivered"):
        times = getattr(found, name)
        print(f"  {name:<10} median {times.median_ms:7.1f} ms, p99 {times.p99_ms:7.1f} ms")
    for part, seconds in measured.used_s.items():
        each = measured.connection_ms[part]
        print(
            f"  {part:<12} {seconds / found.lasted_s:5.2f} processors, {each:6.2f} ms for each connection", flush=True
        )
    print()
