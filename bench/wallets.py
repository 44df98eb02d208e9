"""Transfers per second through the ledger in groups, beside pgbench with one transaction per transfer, in one run."""

from __future__ import annotations

import asyncio
import gc
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

import ledger
from bench import cpu, report
from bench.options import Options
from bench.wallet_figures import Figures, Measured, write
from bench.wallet_ledger import CALLERS, GroupedTransfers, must_be_exact, open_wallets
from bench.wallet_plain import make_plain, plain_rate
from bench.wallet_rest import SteadyLoad, rest_api
from devstack.postgres import APP, OWNER, PostgresServer
from edge.database import Database

FEW = 1_000
MANY = 1_000_000
ROUND_S = 5
REST_PER_SECOND = 500
REST_S = 10
REST_WALLETS = 200
PROGRAMS = 1  # the server and the measuring program need the other processor
# Settings for a server with a million accounts; PostgreSQL's defaults are for a machine with little memory.
MEMORY = {"shared_buffers": "1GB", "max_wal_size": "4GB"}


@dataclass
class Bench:
    """Two ledgers on one server, with few and with many accounts, and the tables of the plain statements."""

    postgres: PostgresServer
    few: GroupedTransfers
    many: GroupedTransfers
    callers: int
    figures: Figures = field(default_factory=Figures)

    async def round(self, seconds: float) -> None:
        """Each kind once, in turn, so that other load affects all of them. pgbench takes a second at least."""
        plain_s = max(ceil(seconds), 1)
        for hot in (False, True):
            name = "one hot wallet" if hot else "1,000 wallets"
            plain = plain_rate(self.postgres, "few", len(self.few.wallets), plain_s, hot=hot)
            self.figures.add(f"pgbench, 32 clients, {name}", await self._measured(plain, plain_s))
            grouped = self.few.rate(seconds, self.callers, hot=hot)
            self.figures.add(f"ledger in groups, {name}", await self._measured(grouped, seconds))
        shared = self.few.rate(seconds, self.callers, programs=2)
        self.figures.add("ledger in groups, two programs", await self._measured(shared, seconds))
        held = self.few.rate(seconds, self.callers, held=True)
        self.figures.add("ledger in groups, held and captured", await self._measured(held, seconds))
        grouped = self.many.rate(seconds, self.callers)
        self.figures.add("ledger in groups, many wallets", await self._measured(grouped, seconds))
        self.figures.add("ledger, one caller", await self._measured(self.few.rate(seconds, 1), seconds))

    async def _measured(self, rating, seconds: float) -> Measured:
        # pgbench is a child of this process while it runs, and this process is the program that groups.
        parts = {"PostgreSQL": self.postgres.pid or 0}
        before, own = cpu.used_s(parts), _own_s()
        rate = await rating
        server_s = cpu.less(cpu.used_s(parts), before).get("PostgreSQL", 0.0)
        transfers = max(rate * seconds, 1)
        return Measured(rate, server_s / transfers * 1e6, (_own_s() - own) / transfers * 1e6)


def _own_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@asynccontextmanager
async def server(name: str) -> AsyncIterator[PostgresServer]:
    """A new server, with its data in a temporary folder of that name."""
    with tempfile.TemporaryDirectory(prefix=f"holdfast-bench-{name}-") as folder:
        os.chmod(folder, 0o755)  # PostgreSQL runs as another user when we are root
        postgres = PostgresServer(Path(folder, "postgres"), memory=MEMORY)
        await postgres.start()
        try:
            yield postgres
        finally:
            await postgres.stop()


@asynccontextmanager
async def prepared(few: int = FEW, many: int = MANY, callers: int = CALLERS) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        postgres = await stack.enter_async_context(server("ledger"))
        ledgers: list[GroupedTransfers] = []
        for name, accounts in (("few", few), ("many", many)):
            await postgres.create_database(name)
            await asyncio.to_thread(ledger.migrate, postgres.url(name, OWNER), APP)
            database = Database(postgres.url(name), pool_size=4)
            stack.push_async_callback(database.close)
            ledgers.append(GroupedTransfers(database, await open_wallets(database, accounts), name))
            report.progress(f"{accounts} accounts are open")
        await make_plain(postgres, "few", few)
        yield Bench(postgres, ledgers[0], ledgers[1], callers)


async def run(options: Options) -> None:
    """Prints the figures and writes them with a plot. Raises AssertionError on a missing or surplus transfer."""
    async with prepared() as bench:
        settings = await report.settings_of_database(bench.few.database)
        for number in range(options.rounds):
            begun = time.monotonic()
            await bench.round(ROUND_S)
            report.progress(f"round {number + 1} of {options.rounds}: {time.monotonic() - begun:.0f} s")
        for ledgers in (bench.few, bench.many):
            await must_be_exact(ledgers.database, ledgers.acknowledged)
        bench.figures.groups = bench.few.groups
    bench.figures.latencies_s = await rest_latencies()
    write(options, settings, bench.figures)


async def rest_latencies() -> list[float]:
    """Seconds per transfer through REST, on a server of its own, because the others are still cleaning up."""
    gc.collect()
    gc.freeze()  # a million wallet ids, searched meanwhile, would count as delay of the API
    async with server("rest") as postgres, rest_api(postgres, "market", REST_WALLETS, PROGRAMS) as api:
        load = SteadyLoad(api)
        await load.connect()
        await load.latencies(50, 2, hot=False)
        latencies_s = await load.latencies(REST_PER_SECOND, REST_S, hot=False)
        load.close()
        return latencies_s
