"""A database that tests use one after another is to each of them as a new one."""

from __future__ import annotations

import pytest
from sqlalchemy import text

import ledger
from edge.database import Database
from tests.fixtures.catalogue import by_owner, rows
from tests.fixtures.databases import Databases, TestDatabase
from tests.fixtures.rinsed import Rinsed

OPEN = "INSERT INTO ledger.accounts (code, currency) VALUES ('{}', 'RUB') RETURNING id"
KEPT = "SELECT code, id FROM ledger.accounts"


async def _used(rinsed: Rinsed, code: str) -> tuple[TestDatabase, object]:
    """The database that served, and the id of the first row there."""
    async with rinsed.lent("ledger", ledger.migrate) as (stored, database):
        assert await rows(stored.owner_url, KEPT) == []
        async with database.transaction() as session:
            return stored, await session.scalar(text(OPEN.format(code)))


async def test_the_next_user_finds_neither_rows_nor_counted_sequences(databases: Databases) -> None:
    rinsed = Rinsed(databases)
    first, second = await _used(rinsed, "one"), await _used(rinsed, "two")
    assert first == second
    await rinsed.close()


async def test_what_the_template_has_is_there_again(databases: Databases) -> None:
    rinsed = Rinsed(databases)
    versions = "SELECT * FROM ledger.alembic_version"
    async with rinsed.lent("ledger", ledger.migrate) as (stored, _):
        had = await rows(stored.owner_url, versions)
        await by_owner(stored.owner_url, "DELETE FROM ledger.alembic_version")
    async with rinsed.lent("ledger", ledger.migrate) as (again, _):
        assert again == stored
        assert await rows(again.owner_url, versions) == had != []
    await rinsed.close()


@pytest.mark.parametrize(
    "changes",
    [
        ("ALTER TABLE ledger.accounts DISABLE TRIGGER USER", "ALTER TABLE ledger.accounts ENABLE TRIGGER USER"),
        ("ALTER TABLE ledger.accounts RENAME COLUMN code TO codes",),
        ("REVOKE SELECT ON ledger.accounts FROM holdfast_app",),
    ],
    ids=["a trigger", "a column", "a right"],
)
async def test_nobody_gets_a_database_whose_schema_was_changed(databases: Databases, changes: tuple[str, ...]) -> None:
    rinsed = Rinsed(databases)
    async with rinsed.lent("ledger", ledger.migrate) as (stored, _):
        await by_owner(stored.owner_url, *changes)
    assert (await _used(rinsed, "one"))[0] != stored
    await rinsed.close()


async def test_nobody_gets_a_database_to_which_somebody_else_is_connected(databases: Databases) -> None:
    rinsed = Rinsed(databases)
    async with rinsed.lent("ledger", ledger.migrate) as (stored, _):
        other = Database(stored.url, pool_size=1)
        assert await other.reachable()
    assert (await _used(rinsed, "one"))[0] != stored
    await other.close()
    await rinsed.close()
