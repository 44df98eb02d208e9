"""When the statement of the platform's account at each bank is read next, and since when a bank has not answered."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.bank_clients import BankClientState
from store.banks.bank_clients import in_state
from store.banks.banks import Bank
from store.base import Base
from store.chain.cursors import ChainCursor


class StatementRead(Base):
    __tablename__ = "statement_reads"
    __table_args__ = (CheckConstraint("(failing_since IS NULL) = (failure IS NULL)", "failing"),)

    bank_id: Mapped[int] = mapped_column(ForeignKey("banks.id"), primary_key=True, autoincrement=False)
    due_at: Mapped[datetime]
    failing_since: Mapped[datetime | None]
    failure: Mapped[str | None]


_NOW = func.clock_timestamp()


async def next_due(session: AsyncSession, limit: int) -> list[Bank]:
    """Banks whose statements are to be read now, the longest due ones."""
    query = select(Bank).outerjoin(StatementRead, StatementRead.bank_id == Bank.id)
    query = query.where(or_(StatementRead.due_at.is_(None), StatementRead.due_at <= func.statement_timestamp()))
    query = query.where(~exists().where(in_state(BankClientState.DISABLED)))
    return list(await session.scalars(query.order_by(StatementRead.due_at.nulls_first(), Bank.id).limit(limit)))


async def begin_reading(session: AsyncSession, bank_id: int, every: timedelta) -> None:
    """Before the bank is asked: news of it that comes while it answers makes it due again."""
    row = insert(StatementRead).values(bank_id=bank_id, due_at=_NOW + every)
    await session.execute(row.on_conflict_do_update(index_elements=["bank_id"], set_={"due_at": _NOW + every}))


async def note_success(session: AsyncSession, bank_id: int, *, more: bool) -> None:
    """`more`: the statement has a next page, which is read at once."""
    values: dict[str, object] = {"failing_since": None, "failure": None} | ({"due_at": _NOW} if more else {})
    await session.execute(update(StatementRead).where(StatementRead.bank_id == bank_id).values(values))


async def note_failure(session: AsyncSession, bank_id: int, failure: str, again: timedelta) -> None:
    """The bank has not answered, and is asked `again` after that time."""
    since = func.coalesce(StatementRead.failing_since, _NOW)
    values = {"failing_since": since, "failure": failure, "due_at": func.least(StatementRead.due_at, _NOW + again)}
    await session.execute(update(StatementRead).where(StatementRead.bank_id == bank_id).values(values))


async def make_due(session: AsyncSession, bank_id: int) -> None:
    """There may be news in the statement of this bank."""
    await session.execute(update(StatementRead).where(StatementRead.bank_id == bank_id).values(due_at=_NOW))


async def first_read_bank(session: AsyncSession, currency: str) -> Bank | None:
    """The first bank at which the platform has an account in this currency whose statement is read.

    Nothing new is paid to one whose client is drained.
    """
    read = ChainCursor.network == func.concat("bank/", Bank.id)
    query = select(Bank).join(ChainCursor, read).where(Bank.currency == currency)
    query = query.where(~exists().where(in_state(BankClientState.DRAINING, BankClientState.DISABLED)))
    return await session.scalar(query.order_by(Bank.id).limit(1))


async def failing(session: AsyncSession) -> list[StatementRead]:
    """The banks that have not answered since some time, the longest first."""
    query = select(StatementRead).join(Bank, Bank.id == StatementRead.bank_id)
    query = query.where(StatementRead.failing_since.is_not(None), ~exists().where(in_state(BankClientState.DISABLED)))
    return list(await session.scalars(query.order_by(StatementRead.failing_since)))
