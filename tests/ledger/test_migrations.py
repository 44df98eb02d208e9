"""The schema comes from one call, from anywhere, as often as one likes."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

import ledger
from devstack.postgres import APP
from edge.database import Database
from tests.fixtures.databases import Databases, TestDatabase
from tests.ledger.books import books_in


def _nothing(_owner_url: str, _app_role: str) -> None:
    """A template without any schema."""


async def _is_current(database: TestDatabase) -> bool:
    programs = Database(database.url, pool_size=1)
    try:
        async with programs.transaction() as session:
            return await ledger.is_current(await session.connection())
    finally:
        await programs.close()


async def _migrate_in_another_program(database: TestDatabase) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "import ledger, sys; ledger.migrate(*sys.argv[1:])", database.owner_url, APP
    )
    assert await program.wait() == 0


async def test_two_programs_migrate_at_once_from_any_folder_and_again_later(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with databases.fresh("bare", _nothing) as database:
        assert not await _is_current(database)
        await asyncio.gather(*(_migrate_in_another_program(database) for _ in range(2)))
        assert await _is_current(database)
        ledger.migrate(database.owner_url, APP)  # inside a running event loop
        async with books_in(database) as books:
            account = await books.open(floor=0, funds=100)
            assert (await books.balance(account)).balance_minor == 100
            assert (await books.audit()).clean


async def test_rights_that_were_given_by_hand_are_clawed_back_by_the_next_migration(databases: Databases) -> None:
    async with databases.fresh("ledger", ledger.migrate) as database, books_in(database) as books:
        await books.by_owner("GRANT ALL ON ledger.entries, ledger.transfers, ledger.accounts TO holdfast_app")
        assert not (await books.audit()).clean
        await asyncio.to_thread(ledger.migrate, database.owner_url, APP)
        assert (await books.audit()).clean


def test_a_role_name_that_is_not_plain_is_refused_before_anything_is_done() -> None:
    with pytest.raises(ValueError):
        ledger.migrate("postgresql+asyncpg://nobody@127.0.0.1:1/nowhere", 'app"; DROP SCHEMA ledger; --')
