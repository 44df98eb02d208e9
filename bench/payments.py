"""Full payments per second through REST, worker, bank and ledger, compared with a bare Temporal workflow in one run."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import Client

from bench import cpu, report
from bench.bare_load import BareLoad, bare_load
from bench.figures import Figures, Kind
from bench.histories import difference, matching_events, mean_events
from bench.market import BUYERS_PER_CLIENT, RealLoad, real_load
from bench.options import Options
from demo.world import make_world
from devstack.ports import free_port
from devstack.programs import MANAGED
from devstack.site import PORTS
from devstack.stack import Stack

BANKS = 10


async def run(options: Options) -> None:
    """Prints the figures. Raises AssertionError when the two kinds differ in their events."""
    async with stack() as started:
        environment = {**_environment(), **started.environment("worker")}
        world = await make_world(
            started, banks=BANKS, clients=options.clients * BUYERS_PER_CLIENT + 1, seed=options.seed
        )
        client = await Client.connect(environment["TEMPORAL_ADDRESS"])
        try:
            real = await real_load(world, options.payments)
            async with bare_load(client, environment) as bare:
                settings = await report.settings_of(started, environment)
                figures = await measure(options, started, client, real, bare)
        finally:
            await world.aclose()
    report.show(options, settings, figures)


async def measure(options: Options, started: Stack, client: Client, real: RealLoad, bare: BareLoad) -> Figures:
    """One payment of each kind alone, for its events and to warm up; then rounds of both kinds in turn."""
    real_events, bare_events = await matching_events(client, real.one, bare.one)
    unfair = difference(real_events, bare_events)
    assert not unfair, unfair
    figures = Figures(Kind(), Kind(), real_events, bare_events)
    parts = {**started.pids, "bare worker": bare.pid}
    for number in range(options.rounds):
        payments = options.payments // options.rounds + (number < options.payments % options.rounds)
        for name, kind, load in (("real", figures.real, real), ("bare", figures.bare, bare)):
            before = cpu.used_s(parts)
            rate = await load.round(payments, options.clients)
            kind.add(rate, payments, cpu.less(cpu.used_s(parts), before))
            report.progress(f"round {number + 1} of {options.rounds}, {name}: {rate:.2f}/s")
    figures.latencies_s = await real.latencies_s()
    figures.real.events = await mean_events(client, "Deal", "Payment")
    figures.bare.events = await mean_events(client, "BareDeal", "BarePayment")
    return figures


@asynccontextmanager
async def stack() -> AsyncIterator[Stack]:
    """An embedded stack in a temporary folder on ports of its own, independent of anything else on the machine.

    PostgreSQL is durable there as in production: fsync, synchronous_commit and full_page_writes are on.
    """
    with tempfile.TemporaryDirectory(prefix="holdfast-bench-") as folder:
        os.chmod(folder, 0o755)  # PostgreSQL runs as another user when we are root
        ports = {use.variable: str(free_port()) for use in PORTS}
        environment = _environment() | ports
        async with Stack(f"{folder}/state", environment=environment, report=report.progress) as started:
            yield started


def _environment() -> dict[str, str]:
    """Our environment without the names of outside servers: the benchmark starts its own, and its buyers pay often."""
    ours = {
        name: value
        for name, value in os.environ.items()
        if name not in MANAGED and not name.startswith("TEMPORAL_") and not name.endswith("_PORT")
    }
    limits = ("CODES_SENT_PER_ACCOUNT", "FUNDS_CHECKS_PER_ACCOUNT")
    return ours | {f"HOLDFAST_BANK_{limit}": "1000000" for limit in limits} | {"HOLDFAST_BANK_FAULTS": "false"}
