"""Sweeps and their lines: which addresses are moved to the main wallet, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    and_,
    exists,
    func,
    not_,
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import NotFound
from domain.sweeps import LINE_MACHINE, MAX_LINES, SWEEP_MACHINE, LineState, SweepState, Waiting
from store.base import Base, Minor, WorkflowRow
from store.chain.addresses import ChainAddress

CURRENCY: Final = "USDT"


class Sweep(WorkflowRow):
    __tablename__ = "sweeps"
    machine = SWEEP_MACHINE
    __table_args__ = (
        CheckConstraint("lines > 0 AND total_minor > 0", "lines"),
        CheckConstraint("swept_minor BETWEEN 0 AND total_minor AND failed BETWEEN 0 AND lines", "swept"),
        CheckConstraint("(state = 'done') = (final_at IS NOT NULL)", "final_at"),
        Index("ix_sweeps_open", "id", postgresql_where=text("final_at IS NULL")),
    )

    cause: Mapped[str]
    lines: Mapped[int]
    total_minor: Mapped[Minor]
    swept_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    failed: Mapped[int] = mapped_column(server_default=text("0"))
    """How many of its lines have failed so far."""
    flagged_at: Mapped[datetime | None]

    currency = CURRENCY


class SweepLine(Base):
    __tablename__ = "sweep_lines"
    machine = LINE_MACHINE
    __table_args__ = (
        CheckConstraint("amount_minor > 0", "amount"),
        CheckConstraint("(state IN ('done', 'failed')) = (final_at IS NOT NULL)", "final_at"),
        CheckConstraint("(state = 'failed') = (failed_reason IS NOT NULL)", "failed"),
        Index("uq_sweep_lines_open_address", "address_index", unique=True, postgresql_where=text("final_at IS NULL")),
    )

    sweep_id: Mapped[UUID] = mapped_column(ForeignKey("sweeps.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    """1 and on: the order in which they are moved."""
    address_index: Mapped[int] = mapped_column(BigInteger, ForeignKey("chain_addresses.index"))
    amount_minor: Mapped[Minor]
    state: Mapped[str]
    gas_rounds: Mapped[int] = mapped_column(server_default=text("0"))
    failed_reason: Mapped[str | None]
    final_at: Mapped[datetime | None]


def _worth(least_minor: int) -> ColumnElement[bool]:
    """Conditions for addresses that are worth a transfer, not left alone after a failure, and in no open sweep."""
    in_a_sweep = (
        exists()
        .where(SweepLine.address_index == ChainAddress.index, SweepLine.final_at.is_(None))
        .correlate(ChainAddress)
    )
    return and_(
        ChainAddress.balance_minor > 0,  # the partial index
        ChainAddress.balance_minor >= least_minor,
        or_(ChainAddress.sweep_after.is_(None), ChainAddress.sweep_after <= func.clock_timestamp()),
        not_(in_a_sweep),
    )


async def waiting(session: AsyncSession, least_minor: int) -> tuple[Waiting, datetime]:
    """What is worth a sweep, and the database's clock."""
    total = func.coalesce(func.sum(ChainAddress.balance_minor), 0)
    query = select(func.count(), total, func.min(ChainAddress.funded_at), func.clock_timestamp())
    count, minor, oldest, now = (await session.execute(query.where(_worth(least_minor)))).one()
    return Waiting(count, int(minor), oldest), now


async def lock_worth(session: AsyncSession, least_minor: int) -> Sequence[ChainAddress]:
    """The addresses of the next sweep, those with most first; locked ones are left for a later one."""
    query = select(ChainAddress).where(_worth(least_minor))
    query = query.order_by(ChainAddress.balance_minor.desc(), ChainAddress.index).limit(MAX_LINES)
    return list(await session.scalars(query.with_for_update(key_share=True, skip_locked=True)))


async def add_sweep(session: AsyncSession, cause: str, addresses: Sequence[ChainAddress]) -> Sweep:
    total = sum(address.balance_minor for address in addresses)
    sweep = Sweep(state=SweepState.OPEN, cause=cause, lines=len(addresses), total_minor=total)
    session.add(sweep)
    await session.flush()
    for position, address in enumerate(addresses, start=1):
        session.add(
            SweepLine(
                sweep_id=sweep.id,
                position=position,
                address_index=address.index,
                amount_minor=address.balance_minor,
                state=LineState.WAITING,
            )
        )
    await session.flush()
    return sweep


async def sweep_of(session: AsyncSession, sweep_id: UUID, *, lock: bool = False) -> Sweep:
    """Raises `NotFound` unknown_sweep."""
    query = select(Sweep).where(Sweep.id == sweep_id).execution_options(populate_existing=True)
    found = await session.scalar(query.with_for_update(key_share=True) if lock else query)
    if found is None:
        raise NotFound("unknown_sweep", "There is no such sweep.")
    return found


async def lines_of(session: AsyncSession, sweep_id: UUID) -> list[SweepLine]:
    query = select(SweepLine).where(SweepLine.sweep_id == sweep_id).order_by(SweepLine.position)
    return list(await session.scalars(query.execution_options(populate_existing=True)))


async def addresses_of(session: AsyncSession, lines: Sequence[SweepLine]) -> dict[int, str]:
    """The address of each line's index."""
    wanted = func.any([line.address_index for line in lines])
    rows = await session.execute(select(ChainAddress.index, ChainAddress.address).where(ChainAddress.index == wanted))
    return {row[0]: row[1] for row in rows}


async def next_line(session: AsyncSession, sweep_id: UUID) -> SweepLine | None:
    """The first line that has not ended."""
    query = select(SweepLine).where(SweepLine.sweep_id == sweep_id, SweepLine.final_at.is_(None))
    query = query.order_by(SweepLine.position).limit(1)
    return await session.scalar(query.execution_options(populate_existing=True))


async def lock_address(session: AsyncSession, index: int) -> ChainAddress:
    query = select(ChainAddress).where(ChainAddress.index == index).with_for_update(key_share=True)
    return (await session.scalars(query.execution_options(populate_existing=True))).one()


async def sweeps_after(
    session: AsyncSession, *, open_only: bool, after: UUID | None, limit: int, until: datetime
) -> list[Sweep]:
    """A page of sweeps in the order of creation."""
    query = select(Sweep).where(Sweep.created_at < until).order_by(Sweep.id)
    if open_only:
        query = query.where(Sweep.final_at.is_(None))
    if after is not None:
        query = query.where(Sweep.id > after)
    return list(await session.scalars(query.limit(limit)))
