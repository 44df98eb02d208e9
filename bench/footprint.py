"""What a closed deal leaves for good, in bytes: in the databases of market and bank, and in Temporal.

The same number of deals is paid twice, each in one part between two banks. The first round fills what is there once,
such as people and pages of tables; the second one is measured.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import text
from temporalio.client import Client

from bench import report
from bench.market import BUYERS_PER_CLIENT, MarketLoad, market_load
from bench.options import Options
from bench.payments import BANKS, stack
from demo.world import make_world
from devstack.stack import Stack
from edge.database import Database

DATABASES: Final = ("market", "bank")
BIGGEST: Final = 6
QUIET_S: Final = 5.0  # mails and events follow a deal within moments
_SIZES: Final = text(
    "SELECT n.nspname || '.' || c.relname AS name, pg_total_relation_size(c.oid) AS bytes,"
    " pg_indexes_size(c.oid) AS indexes"
    " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
)

Sizes = Mapping[str, int]
"""Bytes by place: a database, `… indexes`, `database: table`, `histories, …` by kind of workflow, and `file`."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """`grown` is by how much each place has grown for `deals`."""

    deals: int
    grown: Sizes

    def kb(self, place: str) -> float:
        """Of one deal, in kB of 1,000 bytes."""
        return self.grown.get(place, 0) / self.deals / 1_000


async def run(options: Options) -> None:
    """Prints the figures."""
    async with stack() as started:
        world = await make_world(
            started, banks=BANKS, clients=options.clients * BUYERS_PER_CLIENT + 1, seed=options.seed
        )
        database = Database(started.site.database("market").url, pool_size=1)
        try:
            load = await market_load(world, world.market, database, 2 * options.payments)
            for line in lines(await measure(started, load, options.payments, options.clients)):
                print(line)
        finally:
            await database.close()
            await world.aclose()


async def measure(started: Stack, load: MarketLoad, deals: int, clients: int) -> Footprint:
    """What the second round of `deals` has added."""
    before = Counter[str]()
    for number in range(2):
        before = Counter(await _settled(started))
        await load.round(deals, clients)
        report.progress(f"round {number + 1} of 2: {deals} deals")
    after = Counter(await _settled(started))
    after.subtract(before)
    return Footprint(deals, after)


def lines(found: Footprint) -> list[str]:
    """A table of kB for each deal: what each place takes, and the biggest tables of both databases."""
    shown = ["| of a closed deal | kB |", "|---|---|"]
    for database in DATABASES:
        shown.append(f"| {database}, indexes included | {found.kb(database):.1f} |")
        shown.append(f"| {database}, indexes alone | {found.kb(f'{database} indexes'):.1f} |")
        tables = Counter({name: size for name, size in found.grown.items() if name.startswith(f"{database}: ")})
        shown += [f"| {name} | {found.kb(name):.1f} |" for name, size in tables.most_common(BIGGEST) if size > 0]
    histories = sorted(name for name in found.grown if name.startswith("histories"))
    shown += [f"| {name} | {found.kb(name):.1f} |" for name in histories if found.grown[name]]
    shown.append(f"| Temporal's development server, its file | {found.kb('file'):.1f} |")
    return shown


async def _settled(started: Stack) -> Sizes:
    """What is there once no workflow of a deal goes on."""
    client = await Client.connect(started.site.temporal_address)
    histories, found = None, await _histories(client)
    while histories != found:
        await asyncio.sleep(QUIET_S)
        histories, found = found, await _histories(client)
    return {**histories, **await _databases(started), "file": _file(started)}


async def _databases(started: Stack) -> Sizes:
    sizes = Counter[str]()
    for database in DATABASES:
        async with started.site.postgres.connect(database) as connection:
            for row in await connection.execute(_SIZES):
                sizes[database] += row.bytes
                sizes[f"{database} indexes"] += row.indexes
                sizes[f"{database}: {row.name}"] += row.bytes
    return sizes


async def _histories(client: Client) -> Sizes:
    """As Temporal counts them, of workflows that have ended; those that go on for ever are not a deal's."""
    sizes = Counter[str]()
    async for found in client.list_workflows("ExecutionStatus = 'Completed'"):
        for name in (found.workflow_type, "all"):
            sizes[f"histories, {name}"] += found.raw_info.history_size_bytes
    return sizes


def _file(started: Stack) -> int:
    """Bytes of the pages in use."""
    path = Path(started.state.path) / "temporal" / "temporal.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        [(pages,)], [(free,)], [(page_bytes,)] = (
            file.execute(f"PRAGMA {name}").fetchall() for name in ("page_count", "freelist_count", "page_size")
        )
    return int((pages - free) * page_bytes)
