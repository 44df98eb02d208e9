"""A contended row costs a program one connection, however many transactions want it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import BigInteger, MetaData, Select, select, text
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, aliased, mapped_column

from edge.database import Database
from edge.turns import Turns, lock_row, lock_rows
from tests.fixtures.databases import FreshDatabase

POOL = 4


class Base(DeclarativeBase):
    metadata = MetaData()


class Row(Base):
    __tablename__ = "rows"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


def nothing(owner_url: str, app_role: str) -> None:
    """The template is an empty database."""


@pytest_asyncio.fixture(loop_scope="session")
async def database(fresh_database: FreshDatabase) -> AsyncIterator[Database]:
    stored = await fresh_database("empty", nothing)
    database = Database(stored.superuser_url, pool_size=POOL)
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE rows (id bigint PRIMARY KEY, value bigint NOT NULL)"))
        await session.execute(text("INSERT INTO rows VALUES (1, 0), (2, 0)"))
        await session.execute(text("CREATE TABLE parts (row_id bigint REFERENCES rows)"))
    yield database
    await database.close()


def row(id_: int) -> Select[Any]:
    return select(Row).where(Row.id == id_)


async def add(session: AsyncSession, id_: int) -> int:
    found = await lock_row(session, row(id_), id_)
    assert found is not None
    found.value += 1
    return found.value


async def test_while_twenty_wait_for_one_row_another_is_still_changed(database: Database) -> None:
    holder = Database(database.engine.url.render_as_string(hide_password=False), pool_size=1)
    async with holder.transaction() as session:
        await lock_row(session, row(1), 1)
        waiting = [asyncio.create_task(database.run(lambda session: add(session, 1))) for _ in range(20)]
        for _ in range(POOL):
            await database.run(lambda session: add(session, 2))
        assert not any(task.done() for task in waiting)
    assert sorted(await asyncio.gather(*waiting)) == list(range(1, 21))
    await holder.close()


async def test_what_locks_a_row_last_comes_as_far_as_the_lock_while_others_have_it(database: Database) -> None:
    begun = 0

    async def change(session: AsyncSession) -> int:
        nonlocal begun
        begun += 1
        found = await lock_row(session, row(1), 1, at_once=3)
        assert found is not None
        found.value += 1
        return found.value

    holder = Database(database.engine.url.render_as_string(hide_password=False), pool_size=1)
    async with holder.transaction() as session:
        await lock_row(session, row(1), 1)
        changing = [asyncio.create_task(database.run(change)) for _ in range(20)]
        while begun < 20 + 3:
            await asyncio.sleep(0.01)
        await database.run(lambda session: add(session, 2))
        assert begun == 20 + 3, "one connection is left for others"
    assert sorted(await asyncio.gather(*changing)) == list(range(1, 21))
    await holder.close()


async def test_a_missing_row_is_found_missing_after_one_repeat(database: Database) -> None:
    tries = 0

    async def look(session: AsyncSession) -> object:
        nonlocal tries
        tries += 1
        return await lock_row(session, row(3), 3)

    assert await database.run(look) is None
    assert tries == 2


async def test_a_transaction_that_cannot_be_repeated_waits_where_it_is(database: Database) -> None:
    async with database.transaction() as first:
        await add(first, 1)
        second = asyncio.create_task(_added_alone(database))
        await database.run(lambda session: add(session, 2))
    assert await second == 2


async def _added_alone(database: Database) -> int:
    async with database.transaction() as session:
        return await add(session, 1)


async def test_rows_that_refer_to_a_locked_row_are_inserted_meanwhile(database: Database) -> None:
    async with database.transaction() as session:
        await lock_row(session, row(1), 1)
        async with database.transaction() as other:
            await other.execute(text("INSERT INTO parts VALUES (1)"))
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM parts")) == 1


@pytest.mark.parametrize(("order", "free"), [((0, 1), []), ((1, 0), [1])])
async def test_rows_of_a_join_are_locked_in_the_order_that_is_named(
    database: Database, order: tuple[int, int], free: list[int]
) -> None:
    parts = aliased(Row), aliased(Row)
    both = select(*parts).join(parts[1], parts[1].id == parts[0].id + 1).where(parts[0].id == 1)

    async def lock() -> object:
        async with database.transaction() as session:
            return await lock_rows(session, both, [parts[place] for place in order], _nobody)

    async with database.transaction() as holder:
        await lock_row(holder, row(2), 2)
        waiting = asyncio.create_task(lock())
        await _until_it_waits(database, waiting)
        async with database.transaction() as other:
            unlocked = select(Row.id).with_for_update(key_share=True, skip_locked=True)
            assert list(await other.scalars(unlocked)) == free
    assert await waiting is not None


async def test_a_join_that_is_locked_is_waited_for_without_a_connection_and_a_missing_one_is_not(
    database: Database,
) -> None:
    async def lock(session: AsyncSession, id_: int) -> object:
        found = await session.scalar(row(id_))

        async def key() -> int | None:
            return None if found is None else found.id

        return await lock_rows(session, row(id_), [Row], key)

    async with database.transaction() as holder:
        await lock_row(holder, row(1), 1)
        waiting = [asyncio.create_task(database.run(lambda session: lock(session, 1))) for _ in range(2 * POOL)]
        assert await database.run(lambda session: lock(session, 3)) is None
        assert await database.run(lambda session: lock(session, 2)) is not None
        assert not any(task.done() for task in waiting)
    assert None not in await asyncio.gather(*waiting)


async def _nobody() -> None:
    return None


async def _until_it_waits(database: Database, task: asyncio.Task[object]) -> None:
    waits = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while not task.done():
        async with database.transaction() as session:
            if await session.scalar(waits):
                return
        await asyncio.sleep(0.02)


async def test_a_turn_that_does_not_come_is_an_outage_and_not_a_bug() -> None:
    turns = Turns(wait_s=0.0)
    async with turns.turn("row"):
        with pytest.raises(PoolTimeout):
            async with turns.turn("row"):
                raise AssertionError("two have the turn")
    async with turns.turn("row"):
        pass
