"""What tests of the ledger say most often."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

import ledger
from edge.database import Database
from ledger import AuditReport, Balance, Command, Outcome, Post, Posted, Refused
from tests.fixtures.databases import Databases, TestDatabase


@dataclass(slots=True)
class Books:
    """One ledger: `app` as the application role, `owner` as the schema's owner, `superuser` past every rule."""

    app: Database
    owner: Database
    superuser: Database
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def post(self, *commands: Command, linked: bool = False) -> list[Outcome]:
        """One call in one transaction, repeated whole where the product would."""

        async def work(session: AsyncSession) -> list[Outcome]:
            return await ledger.post(await session.connection(), commands, linked=linked)

        return await self.app.run(work)

    async def open(self, currency: str = "RUB", *, floor: int | None = None, funds: int = 0) -> int:
        """A new account with `funds` minor units on it, which come from an unguarded account `outside/…`."""
        async with self.app.transaction() as session:
            connection = await session.connection()
            number = next(self._numbers)
            account = await ledger.open_account(connection, f"account/{number}", currency, floor_minor=floor)
            if funds:
                outside = await ledger.open_account(connection, f"outside/{currency}", currency)
                [done] = await ledger.post(connection, [Post(f"funds/{number}", outside, account, funds, currency)])
                assert isinstance(done, Posted)
            return account

    async def balance(self, account: int) -> Balance:
        async with self.app.transaction() as session:
            return await ledger.balance(await session.connection(), account)

    async def close(self, account: int) -> None:
        async with self.app.transaction() as session:
            await ledger.close_account(await session.connection(), account)

    async def audit(self) -> AuditReport:
        async with self.app.transaction() as session:
            return await ledger.audit(await session.connection())

    async def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a query of the application role returns."""
        async with self.app.transaction() as session:
            result = await (await session.connection()).exec_driver_sql(sql, values)
            return [tuple(row) for row in result]

    async def by_owner(self, *statements: str) -> None:
        """Direct SQL by the owner, in one transaction."""
        async with self.owner.transaction() as session:
            connection = await session.connection()
            for statement in statements:
                await connection.exec_driver_sql(statement)

    async def by_app(self, *statements: str) -> None:
        """Direct SQL by the application role, in one transaction."""
        async with self.app.transaction() as session:
            connection = await session.connection()
            for statement in statements:
                await connection.exec_driver_sql(statement)


@asynccontextmanager
async def new_books(databases: Databases) -> AsyncIterator[Books]:
    """An empty migrated ledger, dropped at the end."""
    async with databases.fresh("ledger", ledger.migrate) as database, books_in(database) as books:
        yield books


@asynccontextmanager
async def books_in(database: TestDatabase) -> AsyncIterator[Books]:
    """The ledger of a database that was migrated."""
    app, owner = Database(database.url, pool_size=10), Database(database.owner_url, pool_size=2)
    superuser = Database(database.superuser_url, pool_size=1)
    try:
        yield Books(app, owner, superuser)
    finally:
        await app.close()
        await owner.close()
        await superuser.close()


def verdicts(outcomes: list[Outcome]) -> list[str]:
    """Each answer in a word: `posted` or the reason; a repeated one with `again` behind it."""
    return [verdict(outcome) for outcome in outcomes]


def verdict(outcome: Outcome) -> str:
    word = str(outcome.reason) if isinstance(outcome, Refused) else "posted"
    return f"{word} again" if outcome.repeated else word
