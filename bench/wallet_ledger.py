"""Transfers through the ledger in groups with all rules in force: keys, guarded balances, chained entries, checks."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

import ledger
from edge.database import Database
from edge.grouping import Groups
from edge.plain import Plain
from ledger import Capture, Command, Hold, Outcome, Post, Posted

AMOUNT_MINOR = 5
OVERDRAFT_MINOR = -(10**12)  # guarded all the same: every debit is compared with it
OPENED_AT_ONCE = 10_000
CALLERS = 1_500  # waiting for answers at the same time: one full group in progress, and the next ones


async def open_wallets(database: Database, accounts: int) -> list[int]:
    """Ids of so many guarded accounts."""
    ids: list[int] = []
    for first in range(0, accounts, OPENED_AT_ONCE):
        codes = [f"wallet/{n:07}" for n in range(first, min(first + OPENED_AT_ONCE, accounts))]
        async with database.transaction() as session:
            ids += await ledger.open_accounts(await session.connection(), codes, "RUB", floor_minor=OVERDRAFT_MINOR)
    return ids


@dataclass
class GroupedTransfers:
    """Callers in one process; `groups` are the numbers of commands in each call of the ledger."""

    database: Database
    wallets: Sequence[int]
    name: str
    groups: list[int] = field(default_factory=list)
    acknowledged: int = 0
    """Commands that were answered as done."""
    _numbers: count[int] = field(default_factory=count)

    async def _post(self, connection: Plain, commands: Sequence[Command]) -> list[Outcome]:
        self.groups.append(len(commands))
        return await ledger.post(connection, commands)

    async def rate(
        self, seconds: float, callers: int, *, hot: bool = False, held: bool = False, programs: int = 1
    ) -> float:
        """Transfers per second. With `hot` one wallet pays in all of them; with `held` each is a hold and its capture.

        Every caller makes one at least, however late it starts. The callers are divided among `programs`, each with
        groups of its own, like several API programs over one database. Raises AssertionError on any refusal.
        """
        groups: list[Groups[Command, Outcome]] = [
            Groups(self.database, self._post, lambda command: command.key, at_once=True) for _ in range(programs)
        ]
        begun = time.monotonic()
        done = 0

        async def caller(number: int) -> None:
            nonlocal done
            while True:
                for command in self._next(hot=hot, held=held):
                    answer = await groups[number % programs].ask(command)
                    assert isinstance(answer, Posted), answer
                done += 1
                if time.monotonic() - begun >= seconds:
                    return

        await asyncio.gather(*(caller(number) for number in range(callers)))
        self.acknowledged += 2 * done if held else done
        return done / (time.monotonic() - begun)

    def _next(self, *, hot: bool, held: bool) -> list[Command]:
        payer, payee = self._pair(hot=hot)
        key = f"{self.name}/{next(self._numbers)}"
        if held:
            return [Hold(key, payer, payee, AMOUNT_MINOR, "RUB"), Capture(f"{key}/capture", key)]
        return [Post(key, payer, payee, AMOUNT_MINOR, "RUB")]

    def _pair(self, *, hot: bool) -> tuple[int, int]:
        if hot:
            return self.wallets[0], self.wallets[random.randrange(1, len(self.wallets))]
        payer, payee = random.randrange(len(self.wallets)), random.randrange(len(self.wallets) - 1)
        return self.wallets[payer], self.wallets[payee + (payee >= payer)]


async def must_be_exact(database: Database, transfers: int) -> None:
    """Checks that every acknowledged transfer is in the books, and that the books are right."""
    async with database.transaction() as session:
        connection = await session.connection()
        stored = await connection.exec_driver_sql("SELECT count(*) FROM ledger.transfers WHERE refusal IS NULL")
        assert stored.scalar_one() == transfers
        found = await ledger.audit(connection)
    assert found.violations == (), found.violations
