"""Full payments per second through REST, worker, bank and ledger, beside the same saga on other engines, in one run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from statistics import median
from typing import Protocol

from temporalio.client import Client

from bench import cpu, report
from bench.bare_load import bare_load
from bench.counts import counts_of
from bench.engine import engine
from bench.figures import BARE, DBOS, PRODUCT, QUEUE, Figures, Kind
from bench.histories import difference, matching_events, mean_events
from bench.market import BUYERS_PER_CLIENT, Latencies, MarketLoad, market_load
from bench.options import Options
from bench.queue_job import TABLE
from demo.world import World, make_world
from devstack.ports import free_port
from devstack.programs import MANAGED
from devstack.site import PORTS
from devstack.stack import Stack
from edge.database import Database

BANKS = 10
ENGINES: dict[str, tuple[str, list[tuple[str, ...]]]] = {
    DBOS: ("", [("bench.dbos_saga",)]),
    QUEUE: (TABLE, [("bench.queue_job", "worker"), ("bench.queue_job", "api")]),
}


class Load(Protocol):
    async def round(self, payments: int, clients: int) -> float: ...


async def run(options: Options) -> None:
    """Prints the figures. Raises AssertionError when a payment costs more than its bounds, in counts."""
    async with stack() as started:
        environment = {**_environment(), **started.environment("worker")}
        world = await make_world(
            started, banks=BANKS, clients=options.clients * BUYERS_PER_CLIENT + 1, seed=options.seed
        )
        database = Database(started.site.database("market").url, pool_size=1)
        try:
            settings = await report.settings_of(started, environment)
            figures = await measure(options, started, world, database, environment)
        finally:
            await database.close()
            await world.aclose()
    report.show(options, settings, figures)
    beyond = figures.beyond_bounds()
    assert not beyond, "; ".join(beyond)


async def measure(
    options: Options, started: Stack, world: World, database: Database, environment: Mapping[str, str]
) -> Figures:
    """A few payments of each kind alone, for what is counted and to warm up; then rounds of all kinds in turn."""
    client = await Client.connect(environment["TEMPORAL_ADDRESS"])
    async with AsyncExitStack() as running:
        parts = dict(started.pids)
        real = await market_load(world, world.market, database, options.payments)
        bare = await running.enter_async_context(bare_load(client, environment))
        parts["bare worker"] = bare.pid
        markets: dict[str, MarketLoad] = {PRODUCT: real}
        for name, (tables, commands) in ENGINES.items():
            url, pids = await running.enter_async_context(
                engine(started.site.postgres, name, tables, environment, *commands)
            )
            parts |= {
                f"{name} {command[-1].removeprefix('bench.')}": pid for command, pid in zip(commands, pids, strict=True)
            }
            market = world.market.at(url)
            running.push_async_callback(market.aclose)
            markets[name] = await market_load(world, market, database, options.payments)
        real_events, bare_events = await matching_events(client, real.one, bare.one)
        unfair = difference(real_events, bare_events)
        assert not unfair, unfair
        figures = Figures(real_events, bare_events, {name: Kind() for name in (PRODUCT, BARE, DBOS, QUEUE)})
        for name, load in markets.items():
            log = started.logs["postgres"]
            figures.kinds[name].counts = await counts_of(
                started.site.postgres, log, name, database, partial(prepared, load)
            )
            report.progress(f"{name}: counted")
        await _rounds(options, parts, {PRODUCT: real, BARE: bare, **markets}, figures)
        for name, load in markets.items():
            figures.kinds[name].latencies = await load.latencies()
        figures.calm = await _calm(world, database, max(4, options.payments // 4), median(figures.kinds[PRODUCT].rates))
        figures.kinds[PRODUCT].events = await mean_events(client, "Deal", "Payment")
        figures.kinds[BARE].events = await mean_events(client, "BareDeal", "BarePayment")
    return figures


async def prepared(load: MarketLoad) -> Callable[[], Awaitable[None]]:
    """Buys a deal, and returns what pays it."""
    paid = await load.bought()
    return lambda: load.pay(paid)


async def _rounds(options: Options, parts: Mapping[str, int], loads: Mapping[str, Load], figures: Figures) -> None:
    for number in range(options.rounds):
        payments = options.payments // options.rounds + (number < options.payments % options.rounds)
        for name, kind in figures.kinds.items():
            before = cpu.used_s(parts)
            rate = await loads[name].round(payments, options.clients)
            kind.add(rate, payments, cpu.less(cpu.used_s(parts), before))
            report.progress(f"round {number + 1} of {options.rounds}, {name}: {rate:.2f}/s")


async def _calm(world: World, database: Database, payments: int, most_per_s: float) -> dict[str, Latencies]:
    """The product alone, one payment at a time; then as many as a third of the most that it can make."""
    alone = await market_load(world, world.market, database, payments)
    await alone.round(payments, 1)
    paced = await market_load(world, world.market, database, payments)
    await paced.paced(payments, most_per_s / 3)
    return {"one at a time": await alone.latencies(), "a third of the rate": await paced.latencies()}


@asynccontextmanager
async def stack(**changes: str) -> AsyncIterator[Stack]:
    """An embedded stack in a temporary folder on ports of its own, independent of anything else on the machine.

    `changes` are variables of its programs.

    PostgreSQL is durable there as in production: fsync, synchronous_commit and full_page_writes are on.
    """
    with tempfile.TemporaryDirectory(prefix="holdfast-bench-") as folder:
        os.chmod(folder, 0o755)  # PostgreSQL runs as another user when we are root
        ports = {use.variable: str(free_port()) for use in PORTS}
        environment = _environment() | ports | changes
        async with Stack(f"{folder}/state", environment=environment, report=report.progress) as started:
            yield started


def _environment() -> dict[str, str]:
    """Our environment without the names of outside servers: the benchmark starts its own, and its buyers pay often.

    The redriver waits: it would start the product's workflows for payments that another engine is making.
    """
    ours = {
        name: value
        for name, value in os.environ.items()
        if name not in MANAGED and not name.startswith("TEMPORAL_") and not name.endswith("_PORT")
    }
    limits = ("CODES_SENT_PER_ACCOUNT", "FUNDS_CHECKS_PER_ACCOUNT")
    unlimited = {f"HOLDFAST_BANK_{limit}": "1000000" for limit in limits}
    return ours | unlimited | {"HOLDFAST_BANK_FAULTS": "false", "HOLDFAST_REDRIVE_EVERY_S": "86400"}
