"""One world for all corruptions: each is planted in a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from temporalio.testing import WorkflowEnvironment

import bank.service
from audit import looks
from audit import market as market_checks
from audit.report import Result
from devstack.mailbox import Mailbox
from edge.database import Database
from store.banks.banks import put_directory
from tests.audit.story import Story, tell
from tests.audit.world import World
from tests.fixtures.bank import running_bank
from tests.fixtures.clock import migrate_with_test_clock
from tests.fixtures.databases import Databases
from tests.fixtures.market import BANKS, FEES, RecordedSignals, calling, market_settings, serving_api
from tests.fixtures.sagas import open_market
from tests.fixtures.shop import open_shop

NO_GRACE = timedelta(0)


@dataclass
class Planted:
    """A world and the superuser's way into its database."""

    world: World
    engine: AsyncEngine

    @asynccontextmanager
    async def spoiled(self, *statements: str) -> AsyncIterator[AsyncConnection]:
        """A transaction in which `statements` were carried out past all triggers; nothing of it stays."""
        async with self.engine.connect() as connection:
            try:
                await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
                for statement in statements:
                    await connection.exec_driver_sql(self.named(statement))
                yield connection
            finally:
                await connection.rollback()

    def named(self, statement: str) -> str:
        """`{payment: held}` and `{deal: open}` as the ids of the world."""
        world = self.world
        for word, ids in (("payment", world.payments), ("deal", world.deals), ("refund", world.refunds)):
            for name, id_ in ids.items():
                statement = statement.replace(f"{{{word}: {name}}}", id_)
        return statement


async def audited(connection: AsyncConnection, *, now: datetime | None = None) -> list[Result]:
    """What the checks of the market database find on this connection, without grace."""
    return await market_checks.examine(connection, now or datetime.now(UTC), NO_GRACE)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def planted(databases: Databases) -> AsyncIterator[Planted]:
    async with databases.fresh("market_with_test_clock", migrate_with_test_clock) as fresh:
        settings = market_settings(fresh)
        # Each check is prepared once for all corruptions, and soon planned once.
        engine = create_async_engine(fresh.superuser_url, connect_args={"prepared_statement_cache_size": 1_000})
        signals = Database(fresh.url, pool_size=2)
        async with serving_api(fresh, settings, RecordedSignals(signals)) as served, calling(served) as api:
            async with api.database.transaction() as session:
                await put_directory(session, BANKS, FEES)
            world = World(await open_shop(api))
            await world.build()
            yield Planted(world, engine)
        await engine.dispose()
        await signals.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def played(databases: Databases, temporal: WorkflowEnvironment, mailbox: Mailbox) -> AsyncIterator[Story]:
    """At a bank of its own: all that the bank has is to be known to this market."""
    async with (
        databases.fresh("bank", bank.service.migrate) as stored,
        running_bank(stored, mailbox) as running,
        open_market(databases, running, temporal, mailbox) as market,
    ):
        yield await tell(market)


@pytest.fixture
def story(played: Story, monkeypatch: pytest.MonkeyPatch) -> Story:
    """The same story for all tests, which leave it as it was. Looks follow each other fast: nothing moves in it."""
    monkeypatch.setattr(looks, "PAUSE_S", 0.01)
    return played
