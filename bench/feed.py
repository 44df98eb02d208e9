"""Events of transactions that commit out of order, read by number while they are written: none missed, none twice."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlalchemy import text

import store
from bench.options import Options
from bench.wallets import server
from devstack.postgres import APP, OWNER
from edge.database import Database
from market.feed import number_all
from store.operations.feed import events_after
from store.people.marketplaces import create_marketplace

EVENTS = 100_000
WRITERS = 8
LEAST, MOST = 1, 40  # events of one transaction
LOST = 0.05  # of the transactions are rolled back
PAGE = 500
_WRITE = text(
    "SELECT add_to_feed(:marketplace, 'offer.submitted', 'offer', object, NULL, 'pending')"
    " FROM unnest(CAST(:objects AS uuid[])) AS object"
)
_OVERTAKEN = text(
    """
    SELECT count(*) FROM (
        SELECT wrote < max(wrote) OVER (ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS late
        FROM feed_events WHERE marketplace_id = :marketplace
    ) e WHERE late
    """
)


@dataclass
class Race:
    """`overtaken` events were written before one that has a lower number: a reader by id would have missed them."""

    written: set[UUID] = field(default_factory=set)
    read: list[UUID] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once anything was read."""
    overtaken: int = 0
    seconds: float = 0.0

    @property
    def missed(self) -> int:
        return len(self.written - set(self.read))

    @property
    def twice(self) -> int:
        return len(self.read) - len(set(self.read))

    @property
    def invented(self) -> int:
        """Events of transactions that were rolled back."""
        return len(set(self.read) - self.written)

    @property
    def without_gap(self) -> bool:
        return self.numbers == list(range(1, len(self.numbers) + 1))


async def race(database: Database, marketplace_id: UUID, events: int, seed: int) -> Race:
    """Writers commit `events` out of order, while two programs number them and a reader reads on from its last."""
    found, dice, began = Race(), random.Random(seed), time.monotonic()
    writers = (_write(database, marketplace_id, events, found, dice) for _ in range(WRITERS - 1))
    writing = asyncio.gather(_write_late(database, marketplace_id, found), *writers)
    numbering = [asyncio.create_task(_number(database, writing)) for _ in range(2)]
    while not (writing.done() and all(task.done() for task in numbering)):
        await _read(database, marketplace_id, found)
        await asyncio.sleep(0.01)
    await writing
    await asyncio.gather(*numbering)
    await number_all(database)
    await _read(database, marketplace_id, found)
    found.seconds = time.monotonic() - began
    async with database.reading() as session:
        found.overtaken = await session.scalar(_OVERTAKEN, {"marketplace": marketplace_id}) or 0
    return found


async def _write(database: Database, marketplace_id: UUID, events: int, found: Race, dice: random.Random) -> None:
    while len(found.written) < events:
        objects = [uuid4() for _ in range(dice.randint(LEAST, MOST))]
        async with database.transaction() as session:
            await session.execute(_WRITE, {"marketplace": marketplace_id, "objects": objects})
            await asyncio.sleep(dice.random() ** 4 / 4)  # most commit at once, some a quarter of a second later
            if lost := dice.random() < LOST:
                await session.rollback()
        if not lost:
            found.written.update(objects)


async def _write_late(database: Database, marketplace_id: UUID, found: Race) -> None:
    """One transaction that certainly is overtaken."""
    late = uuid4()
    async with database.transaction() as session:
        await session.execute(_WRITE, {"marketplace": marketplace_id, "objects": [late]})
        await found.begun.wait()
    found.written.add(late)


async def _number(database: Database, writing: asyncio.Future[list[None]]) -> None:
    while not writing.done():
        await number_all(database)
        await asyncio.sleep(0.005)


async def _read(database: Database, marketplace_id: UUID, found: Race) -> None:
    page = PAGE
    while page == PAGE:
        after = found.numbers[-1] if found.numbers else 0
        async with database.reading() as session:
            events = await events_after(session, marketplace_id, after, PAGE)
        found.read += [event.object_id for event in events]
        found.numbers += [event.number or 0 for event in events]
        page = len(events)
    if found.read:
        found.begun.set()


async def run(options: Options) -> None:
    """Prints how many events were written, numbered and read in a second, and what was missed."""
    async with server("feed") as postgres:
        await postgres.create_database("market")
        await asyncio.to_thread(store.migrate, postgres.url("market", OWNER), APP)
        database = Database(postgres.url("market", APP), pool_size=WRITERS + 4)
        async with database.transaction() as session:
            marketplace = await create_marketplace(session, "Marketplace")
        found = await race(database, marketplace.id, EVENTS, options.seed)
        await database.close()
    print(f"{len(found.read):,} events by {WRITERS} writers, numbered and read in {found.seconds:.0f} s")
    print(f"{found.overtaken:,} were overtaken by a later one that committed first")
    print(f"missed {found.missed}, read twice {found.twice}, of nobody {found.invented}")
    if found.missed or found.twice or found.invented or not found.without_gap or not found.overtaken:
        raise SystemExit("the feed is not complete, or nothing was overtaken")
