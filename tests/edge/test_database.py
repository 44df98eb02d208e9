"""Transactions: committed once, repeated whole when that is safe, never when the outcome is unknown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from edge.database import MAX_TRIES, OUTAGES, Database, constraint_of, is_outage, sqlstate_of
from edge.plain import Plain
from tests.fixtures.databases import FreshDatabase, TestDatabase


def nothing(owner_url: str, app_role: str) -> None:
    """The template is an empty database."""


@pytest_asyncio.fixture(loop_scope="session")
async def stored(fresh_database: FreshDatabase) -> TestDatabase:
    return await fresh_database("empty", nothing)


@pytest_asyncio.fixture(loop_scope="session")
async def database(stored: TestDatabase) -> AsyncIterator[Database]:
    database = Database(stored.superuser_url, pool_size=4)
    async with database.transaction() as session:
        for statement in (
            "CREATE TABLE rows (id bigint PRIMARY KEY, value bigint NOT NULL)",
            "INSERT INTO rows VALUES (1, 0), (2, 0)",
            "CREATE TABLE keys (key text CONSTRAINT keys_idempotency UNIQUE)",
            "CREATE TABLE names (name text CONSTRAINT names_unique UNIQUE)",
        ):
            await session.execute(text(statement))
    yield database
    await database.close()


async def value(database: Database, row: int) -> int:
    async with database.transaction() as session:
        return await session.scalar(text("SELECT value FROM rows WHERE id = :id"), {"id": row}) or 0


async def add(session: AsyncSession, row: int) -> None:
    await session.execute(text("UPDATE rows SET value = value + 1 WHERE id = :id"), {"id": row})


async def test_two_transactions_that_deadlock_are_both_done_once(database: Database) -> None:
    met = asyncio.Barrier(2)
    tries = 0

    async def both(first: int, second: int) -> None:
        first_try = True

        async def work(session: AsyncSession) -> None:
            nonlocal tries, first_try
            tries += 1
            await add(session, first)
            if first_try:
                first_try = False
                await met.wait()
            await add(session, second)

        await database.run(work)

    await asyncio.gather(both(1, 2), both(2, 1))
    assert tries == 3
    assert (await value(database, 1), await value(database, 2)) == (2, 2)


async def test_a_lost_race_for_an_idempotency_key_is_repeated_and_any_other_name_is_not(database: Database) -> None:
    tries = 0

    async def take(session: AsyncSession) -> str:
        nonlocal tries
        tries += 1
        if tries == 1:
            async with database.transaction() as rival:
                await rival.execute(text("INSERT INTO keys VALUES ('k')"))
        elif await session.scalar(text("SELECT key FROM keys")):
            return "found"
        await session.execute(text("INSERT INTO keys VALUES ('k')"))
        return "made"

    assert await database.run(take) == "found"
    assert tries == 2

    async def name(session: AsyncSession) -> None:
        nonlocal tries
        tries += 1
        await session.execute(text("INSERT INTO names VALUES ('n'), ('n')"))

    with pytest.raises(IntegrityError) as refused:
        await database.run(name)
    assert tries == 3
    assert (constraint_of(refused.value), sqlstate_of(refused.value)) == ("names_unique", "23505")


async def test_repeating_has_an_end(database: Database) -> None:
    tries = 0

    async def never(session: AsyncSession) -> None:
        nonlocal tries
        tries += 1
        await session.execute(text("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END $$"))

    with pytest.raises(DBAPIError):
        await database.run(never)
    assert tries == MAX_TRIES


async def test_a_connection_that_breaks_before_the_commit_is_replaced(database: Database) -> None:
    tries = 0

    async def work(session: AsyncSession) -> None:
        nonlocal tries
        tries += 1
        await add(session, 1)
        if tries == 1:
            await _kill(database, await session.scalar(text("SELECT pg_backend_pid()")))
            await add(session, 1)

    await database.run(work)
    assert tries == 2
    assert await value(database, 1) == 1


async def test_plain_statements_are_repeated_and_undone_like_any_others(database: Database) -> None:
    tries = 0

    async def take(plain: Plain) -> str:
        nonlocal tries
        tries += 1
        if tries == 1:
            await plain.exec_driver_sql("UPDATE rows SET value = 7")
            async with database.transaction() as rival:
                await rival.execute(text("INSERT INTO keys VALUES ('k')"))
        elif found := (await plain.exec_driver_sql("SELECT key, 1 AS one FROM keys")).all():
            return f"{found[0].key} {found[0].one} {found[0][0]}"
        await plain.exec_driver_sql("INSERT INTO keys VALUES ($1)", ("k",))
        return "made"

    assert await database.run_plain(take) == "k 1 k"
    assert (tries, await value(database, 1)) == (2, 0)
    with pytest.raises(DBAPIError) as refused:
        await database.run_plain(lambda plain: plain.exec_driver_sql("INSERT INTO names VALUES ('n'), ('n')"))
    assert (constraint_of(refused.value), is_outage(refused.value)) == ("names_unique", False)


async def test_a_plain_statement_that_is_committed_with_itself_is_not_repeated_after_a_broken_connection(
    database: Database,
) -> None:
    tries = 0

    async def work(plain: Plain) -> None:
        nonlocal tries
        tries += 1
        await _kill(database, (await plain.exec_driver_sql("SELECT pg_backend_pid()")).scalar_one())
        await plain.exec_driver_sql("UPDATE rows SET value = 7")

    with pytest.raises(DBAPIError) as broken:
        await database.run_plain(work, at_once=True)
    assert is_outage(broken.value) and tries == 1
    assert await value(database, 1) == 0


async def test_a_server_that_does_not_answer_a_plain_statement_is_down_only_for_waiting_callers(
    stored: TestDatabase, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.database.PLAIN_ANSWER_S", 0.3)
    hasty = Database(stored.superuser_url)
    change = "UPDATE rows SET value = value + 1 WHERE id = 1"
    try:
        async with database.transaction() as session:
            await add(session, 1)
            with pytest.raises(OUTAGES) as away:
                await hasty.run_plain(lambda plain: plain.exec_driver_sql(change))
        assert is_outage(away.value)
        await hasty.run_plain(lambda plain: plain.exec_driver_sql(change))
        assert await value(database, 1) == 2
    finally:
        await hasty.close()


async def test_a_connection_that_breaks_at_the_commit_is_not_repeated(database: Database) -> None:
    tries = 0

    async def work(session: AsyncSession) -> None:
        nonlocal tries
        tries += 1
        await add(session, 1)
        await _kill(database, await session.scalar(text("SELECT pg_backend_pid()")))

    with pytest.raises(OUTAGES) as broken:
        await database.run(work)
    assert is_outage(broken.value)
    assert tries == 1


async def test_an_error_undoes_everything(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            await add(session, 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await value(database, 1) == 0


async def test_an_error_does_not_show_what_was_sent(database: Database) -> None:
    with pytest.raises(DBAPIError) as refused:
        async with database.transaction() as session:
            await session.execute(text("SELECT CAST(:secret AS text), 1 / 0"), {"secret": "canary-a9f3"})
    assert "canary" not in str(refused.value)


async def test_a_server_that_is_not_there_is_an_outage(unused_tcp_port: int) -> None:
    away = Database(f"postgresql+asyncpg://nobody:x@127.0.0.1:{unused_tcp_port}/x")
    with pytest.raises(OUTAGES) as refused:
        async with away.transaction() as session:
            await session.execute(text("SELECT 1"))
    assert is_outage(refused.value)
    await away.close()


async def _kill(database: Database, pid: int | None) -> None:
    async with database.transaction() as session:
        await session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
