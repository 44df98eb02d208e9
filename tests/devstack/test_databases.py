"""Databases for tests are copies of a migrated template and leave nothing behind."""

from __future__ import annotations

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from devstack.postgres import APP, PostgresServer
from tests.fixtures.databases import Databases, FreshDatabase


def migrate(owner_url: str, app_role: str) -> None:
    """A migration as the programs have them: blocking, with the owner's URL and the name of the other role."""

    async def run() -> None:
        engine = create_async_engine(owner_url)
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE notes (id int PRIMARY KEY)"))
            await connection.execute(text(f"GRANT SELECT, INSERT ON notes TO {app_role}"))
        await engine.dispose()

    asyncio.run(run())


async def test_two_fresh_databases_share_the_tables_but_not_the_rows(
    postgres: PostgresServer, fresh_database: FreshDatabase
) -> None:
    first, second = await fresh_database("notes", migrate), await fresh_database("notes", migrate)
    async with postgres.connect(first.name, APP) as connection:
        await connection.execute(text("INSERT INTO notes VALUES (1)"))
    async with postgres.connect(second.name, APP) as connection:
        assert list(await connection.scalars(text("SELECT id FROM notes"))) == []


async def test_a_fresh_database_is_dropped_even_while_a_session_is_open(
    postgres: PostgresServer, databases: Databases
) -> None:
    engine = None
    async with databases.fresh("notes", migrate) as database:
        engine = create_async_engine(database.url)
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    async with postgres.connect() as connection:
        names = set(await connection.scalars(text("SELECT datname FROM pg_database")))
    await engine.dispose()
    assert database.name not in names
    assert "template_notes" in names
