"""The migrated database is what the code believes it to be."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

import bank.service
import ledger
import store
from domain import agreements, deals, overrides, payment_requests, payments, refunds, withdrawals
from store.base import Base
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


async def test_the_database_allows_exactly_the_moves_that_the_rules_have(fresh_database: FreshDatabase) -> None:
    database = await fresh_database("market", migrate)
    engine = create_async_engine(database.url)
    async with engine.connect() as connection:
        stored = {tuple(row) for row in await connection.execute(text("SELECT * FROM state_transitions"))}
    await engine.dispose()
    beginnings = {("deals", "", "awaiting_payment"), ("payments", "", "opening"), ("refunds", "", "returning")}
    beginnings |= {("agreements", "", state) for state in agreements.BEGINNINGS}
    beginnings |= {("overrides", "", state) for state in overrides.BEGINNINGS}
    beginnings |= {("payment_requests", "", "asked"), ("withdrawals", "", "awaiting_code")}
    rules = {"deals": deals, "payments": payments, "refunds": refunds, "agreements": agreements, "overrides": overrides}
    rules |= {"payment_requests": payment_requests, "withdrawals": withdrawals}
    moves = {(noun, *move) for noun, module in rules.items() for move in module.TRANSITIONS}
    assert stored == beginnings | moves


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
