"""Incoming transfers: exactly one row for each transfer that arrived by a gateway, with its value time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import NotFound
from domain.incoming_transfers import MACHINE, IncomingState
from domain.money import Money
from store.base import Base, Created, Id, Minor, inline


class IncomingTransfer(Base):
    __tablename__ = "incoming_transfers"
    machine = MACHINE
    __table_args__ = (
        UniqueConstraint("gateway", "external_id"),
        CheckConstraint("amount_minor > 0", "amount"),
        CheckConstraint("state NOT IN ('credited', 'assigned') OR wallet_id IS NOT NULL", "credited"),
        Index("ix_incoming_transfers_top_up_id", "top_up_id", "id", postgresql_where=text("top_up_id IS NOT NULL")),
        Index("ix_incoming_transfers_wallet_id", "wallet_id", "id", postgresql_where=text("wallet_id IS NOT NULL")),
        Index("ix_incoming_transfers_unmatched", "id", postgresql_where=text("state = 'unmatched'")),
        Index("ix_incoming_transfers_held_back", "id", postgresql_where=text("state = 'held_back'")),
    )

    id: Mapped[Id]
    gateway: Mapped[str]
    external_id: Mapped[str]
    amount_minor: Mapped[Minor]
    currency: Mapped[str]
    valued_at: Mapped[datetime]
    """When it was paid, by the gateway's own record."""
    seen_at: Mapped[Created]
    """When it was recorded here. Market database clock."""
    source: Mapped[str]
    """The other side in the books: `tron`, or the id of the sending bank."""
    sender: Mapped[str]
    details: Mapped[str]
    block: Mapped[int | None] = mapped_column(BigInteger)
    address_index: Mapped[int | None] = mapped_column(ForeignKey("chain_addresses.index"))
    top_up_id: Mapped[UUID | None] = mapped_column(ForeignKey("top_ups.id"))
    wallet_id: Mapped[UUID | None] = mapped_column(ForeignKey("wallets.id"))
    """The wallet that it is for; None while that is not known."""
    state: Mapped[str]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


async def incoming_of(session: AsyncSession, incoming_id: UUID, *, lock: bool = False) -> IncomingTransfer:
    """Raises `NotFound` unknown_incoming_transfer."""
    query = select(IncomingTransfer).where(IncomingTransfer.id == incoming_id)
    query = query.execution_options(populate_existing=True)
    found = await session.scalar(query.with_for_update(key_share=True) if lock else query)
    if found is None:
        raise NotFound("unknown_incoming_transfer", "There is no such incoming transfer.")
    return found


async def incoming_of_top_up(session: AsyncSession, top_up_id: UUID, limit: int) -> list[IncomingTransfer]:
    """The newest first: anybody can send any number of them to an address."""
    query = select(IncomingTransfer).where(IncomingTransfer.top_up_id == top_up_id)
    return list(await session.scalars(query.order_by(IncomingTransfer.id.desc()).limit(limit)))


async def unmatched(session: AsyncSession, after: UUID | None, limit: int) -> list[IncomingTransfer]:
    """A page of what waits in suspense for operators, oldest first."""
    query = select(IncomingTransfer).where(IncomingTransfer.state == inline(IncomingState.UNMATCHED))
    if after is not None:
        query = query.where(IncomingTransfer.id > after)
    return list(await session.scalars(query.order_by(IncomingTransfer.id).limit(limit)))


async def held_back(session: AsyncSession, limit: int) -> list[IncomingTransfer]:
    """What one source alone reports, oldest first."""
    query = select(IncomingTransfer).where(IncomingTransfer.state == inline(IncomingState.HELD_BACK))
    return list(await session.scalars(query.order_by(IncomingTransfer.id).limit(limit)))


async def held_back_blocks(session: AsyncSession, gateway: str, after: int, limit: int) -> list[int]:
    """The next blocks after `after` with transfers that are held back, in order."""
    query = select(IncomingTransfer.block).where(
        IncomingTransfer.state == inline(IncomingState.HELD_BACK),
        IncomingTransfer.gateway == gateway,
        IncomingTransfer.block > after,
    )
    return [
        block
        for block in await session.scalars(query.distinct().order_by(IncomingTransfer.block).limit(limit))
        if block is not None
    ]


async def incoming_after(
    session: AsyncSession, state: IncomingState | None, *, after: UUID | None, limit: int, until: datetime
) -> list[IncomingTransfer]:
    """A page of incoming transfers in the order in which they were recorded, of one state if given."""
    query = select(IncomingTransfer).where(IncomingTransfer.seen_at < until).order_by(IncomingTransfer.id).limit(limit)
    if state is not None:
        query = query.where(IncomingTransfer.state == inline(state))
    if after is not None:
        query = query.where(IncomingTransfer.id > after)
    return list(await session.scalars(query))


async def waiting(session: AsyncSession) -> tuple[int, datetime | None]:
    """How many transfers are in suspense, and when the oldest was recorded."""
    query = select(func.count(), func.min(IncomingTransfer.seen_at))
    row = await session.execute(query.where(IncomingTransfer.state == inline(IncomingState.UNMATCHED)))
    count, since = row.one()
    return count, since
