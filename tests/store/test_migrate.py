"""The migrated database is what the code believes it to be."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

import bank.service
import ledger
import store
from domain.states import BEGINNING
from store.base import Base, machines
from store.migrate import is_current, migrate
from tests.fixtures.databases import Databases, FreshDatabase

NOT_MAPPED = {"state_transitions", "schema_in_force"}


async def test_the_migrations_make_exactly_the_tables_that_the_code_maps(fresh_database: FreshDatabase) -> None:
    database = await fresh_database("market", migrate)
    engine = create_async_engine(database.owner_url)

    def differences(connection: Connection) -> list[object]:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
        return [change for change in found if not (change[0] == "remove_table" and change[1].name in NOT_MAPPED)]

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
        assert await is_current(connection)
    await engine.dispose()


async def test_the_database_refuses_every_move_that_the_rules_do_not_have(fresh_database: FreshDatabase) -> None:
    database = await fresh_database("market", migrate)
    engine = create_async_engine(database.owner_url)
    assert {"deals", "payments", "refunds", "agreements", "overrides"} < machines().keys()
    for table, machine in machines().items():
        states = sorted({state for move in machine.moves for state in move} - {BEGINNING})
        async with engine.begin() as connection:
            await _forget_other_rules(connection, table)
            for state in states:
                assert await _refusal(connection, f"INSERT INTO {table} (state) VALUES ('{state}')") == (
                    None if (BEGINNING, state) in machine.moves else f"{table}_transition"
                )
            for before, after in product(states, states):
                await connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
                await connection.execute(text(f"DELETE FROM {table}"))
                await connection.execute(text(f"INSERT INTO {table} (state) VALUES ('{before}')"))
                await connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
                allowed = before == after or (before, after) in machine.moves
                refusal = await _refusal(connection, f"UPDATE {table} SET state = '{after}'")
                assert refusal == (None if allowed else f"{table}_transition"), (before, after)
            await connection.rollback()
    await engine.dispose()


async def _forget_other_rules(connection: AsyncConnection, table: str) -> None:
    """A row of it may then be a state and nothing else, of nobody's feed."""
    await connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_feed ON {table}"))
    constraints = await connection.scalars(
        text(f"SELECT conname FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype IN ('c', 'f', 'p')")
    )
    for constraint in constraints.all():
        await connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {constraint} CASCADE"))
    columns = await connection.scalars(
        text(
            f"SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0 AND attnotnull"
            " AND attname <> 'id'"
        )
    )
    for column in columns.all():
        await connection.execute(text(f"ALTER TABLE {table} ALTER {column} DROP NOT NULL"))


async def _refusal(connection: AsyncConnection, statement: str) -> str | None:
    """The constraint by which the database refuses the statement, whose effect is undone."""
    try:
        async with connection.begin_nested() as savepoint:
            await connection.execute(text(statement))
            await savepoint.rollback()
    except DBAPIError as refused:
        driver: Any = refused.orig
        return str(driver.__cause__.constraint_name)
    return None


async def test_no_function_in_force_locks_a_row_against_those_that_refer_to_it(databases: Databases) -> None:
    query = "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.prosrc ~ '\\mFOR UPDATE\\M' AND p.prokind = 'f'"
    for name, migration in (("market", migrate), ("bank", bank.service.migrate), ("ledger", ledger.migrate)):
        async with databases.fresh(name, migration) as database:
            engine = create_async_engine(database.owner_url)
            async with engine.connect() as connection:
                assert (name, list(await connection.scalars(text(query)))) == (name, [])
            await engine.dispose()


def test_importing_the_store_maps_every_table() -> None:
    folder = Path(store.__file__).parent
    said = "import store, sys; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", said], check=True, capture_output=True, text=True).stdout.split()
    )
    tables = [path for path in folder.rglob("*.py") if "__tablename__" in path.read_text()]
    names = {".".join(("store", *path.relative_to(folder).with_suffix("").parts)) for path in tables}
    assert names - loaded == set()
