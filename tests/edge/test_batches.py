"""What a session has changed is written in one statement, and the rows then know what the database has made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import Identity, UniqueConstraint, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from edge.batches import MAX_ROWS
from edge.database import Database, constraint_of
from tests.fixtures.databases import FreshDatabase
from tests.fixtures.exchanges import Exchanges, exchanges


class Base(DeclarativeBase):
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012  # as of the market's tables


class Order(Base):
    __tablename__ = "order"  # a reserved word

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuidv7()"))
    state: Mapped[str]
    closed_at: Mapped[datetime | None]
    notes: Mapped[int] = mapped_column(server_default=text("0"))


class Note(Base):
    __tablename__ = "notes"
    __table_args__ = (UniqueConstraint("order_id", "number"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    order_id: Mapped[UUID]
    number: Mapped[int]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)


@dataclass
class Written:
    database: Database
    noted: Exchanges

    def statements(self, since: int) -> list[str]:
        """The writing statements since then; what was only prepared is not counted."""
        return [sql for sql in self.noted.executed(since) if "INSERT" in sql or "UPDATE" in sql]


def nothing(owner_url: str, app_role: str) -> None:
    """The template is an empty database."""


@pytest_asyncio.fixture(loop_scope="session")
async def written(fresh_database: FreshDatabase) -> AsyncIterator[Written]:
    stored = await fresh_database("empty", nothing)
    async with exchanges(stored.superuser_url) as noted:
        database = Database(noted.url, pool_size=2)
        async with database.transaction() as session:
            await (await session.connection()).run_sync(Base.metadata.create_all)
        yield Written(database, noted)
        await database.close()


async def _order(session: AsyncSession, state: str = "open") -> Order:
    order = Order(state=state)
    session.add(order)
    await session.flush()
    return order


async def test_changes_of_several_tables_are_one_statement_and_new_rows_keep_their_order(written: Written) -> None:
    async with written.database.transaction() as session:
        order = await _order(session)
        assert (order.notes, order.closed_at) == (0, None)
        since = len(written.noted.seen)
        order.state, order.closed_at, order.notes = "closed", func.clock_timestamp(), 3
        notes = [Note(order_id=order.id, number=number, data={"number": number}) for number in (3, 1, 2)]
        session.add_all(notes)
        await session.flush()
        assert len(written.statements(since)) == 1
        assert isinstance(order.closed_at, datetime)
        assert [note.id for note in notes] == sorted(note.id for note in notes)
        notes[0].data = {"number": 4}
    async with written.database.transaction() as session:
        stored = await session.get_one(Order, order.id)
        assert (stored.state, stored.closed_at, stored.notes) == ("closed", order.closed_at, 3)
        found = list(await session.scalars(select(Note).order_by(Note.id)))
        assert [(note.number, note.data) for note in found] == [
            (3, {"number": 4}),
            (1, {"number": 1}),
            (2, {"number": 2}),
        ]


async def test_what_is_set_to_the_value_that_it_had_is_not_written(written: Written) -> None:
    async with written.database.transaction() as session:
        order = await _order(session)
        since = len(written.noted.seen)
        order.state = "open"
        await session.flush()
        assert written.statements(since) == []


async def test_a_savepoint_that_is_rolled_back_takes_rows_and_values_back(written: Written) -> None:
    async with written.database.transaction() as session:
        order = await _order(session)
        savepoint = await session.begin_nested()
        order.state = "closed"
        note = Note(order_id=order.id, number=1, data={})
        session.add(note)
        await session.flush()
        await savepoint.rollback()
        await session.refresh(order)
        assert order.state == "open"
        assert note not in session


async def test_a_row_that_is_gone_is_noticed(written: Written) -> None:
    async with written.database.transaction() as session:
        order = await _order(session)
        await session.execute(text('DELETE FROM "order"'))
        order.state = "closed"
        with pytest.raises(StaleDataError, match="order"):
            await session.flush()
        session.expunge_all()


async def test_a_refusal_of_the_database_names_its_constraint_and_undoes_everything(written: Written) -> None:
    async with written.database.transaction() as session:
        order = await _order(session)

    async def twice(session: AsyncSession) -> None:
        (await session.get_one(Order, order.id)).state = "closed"
        session.add_all(Note(order_id=order.id, number=1, data={}) for _ in range(2))

    with pytest.raises(IntegrityError) as refused:
        await written.database.run(twice)
    assert constraint_of(refused.value) == "notes_order_id_number_key"
    async with written.database.transaction() as session:
        assert (await session.get_one(Order, order.id)).state == "open"


async def test_more_rows_than_fit_one_statement_are_all_written(written: Written) -> None:
    async with written.database.transaction() as session:
        order = await _order(session)
        session.add_all(Note(order_id=order.id, number=number, data={}) for number in range(MAX_ROWS + 1))
    async with written.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Note)) == MAX_ROWS + 1
