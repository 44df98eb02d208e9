"""Creating a world of accounts, compared with copying the same rows into tables without keys or checks, in one run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts.seeds import plant
from bank.service.audit import audit
from bench import report
from bench.bank_stack import OPENING, BankStack, bank_stack
from bench.options import Options

TABLES: Final = ("accounts", "ledger.accounts", "ledger.transfers", "ledger.entries")


@dataclass(frozen=True, slots=True)
class World:
    """The number of banks, of clients in each, and of accounts of each client."""

    banks: int
    clients: int
    accounts: int


FULL: Final = World(10, 100, 100)


@dataclass(frozen=True, slots=True)
class Planting:
    """What was created, and the seconds for creating it, copying its rows and auditing it."""

    accounts: int
    plant_s: float
    copy_s: float
    audit_s: float


async def run(options: Options) -> None:
    """Prints the figures. Raises AssertionError when the books are wrong afterwards."""
    async with bank_stack(1, options.seed) as stack:
        settings = await report.settings_of_database(stack.database)
        measured = await measure(stack, FULL, options.seed)
    _show(options, settings, measured)


async def measure(stack: BankStack, world: World, seed: int) -> Planting:
    """Creates the world, copies its rows, audits the bank."""

    async def work(session: AsyncSession) -> int:
        planted = await plant(session, world.banks, world.clients, world.accounts, seed, OPENING)
        return planted.accounts

    started = time.perf_counter()
    accounts = await stack.database.run(work)
    planted = time.perf_counter()
    await stack.database.run(_copy)
    copied = time.perf_counter()
    async with stack.database.transaction() as session:
        found = await audit(session)
    assert found.clean, found.violations
    return Planting(accounts, planted - started, copied - planted, time.perf_counter() - copied)


async def _copy(session: AsyncSession) -> None:
    for number, table in enumerate(TABLES):
        # Temporary and therefore not logged: the minimum that writing these rows can cost.
        await session.execute(text(f"CREATE TEMP TABLE copy_{number} AS SELECT * FROM {table}"))


def _show(options: Options, settings: Mapping[str, str], measured: Planting) -> None:
    print("Seeds: banks, clients and accounts with their opening entries, beside a copy of the same rows\n")
    for name, value in settings.items():
        print(f"  {name:<20} {value}")
    print(f"  {'seed':<20} {options.seed}\n")
    print(f"  {'accounts':<20} {measured.accounts:>8,}")
    for name, seconds in (
        ("planted in", measured.plant_s),
        ("copied in", measured.copy_s),
        ("audit", measured.audit_s),
    ):
        print(f"  {name:<20} {seconds:>8.1f} s")
    print(f"\nratio planted/copied: {measured.plant_s / measured.copy_s:.0f}")
