"""Resolutions of money in suspense: rows, and the transfers that an approval or the bank's return posts."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import Conflict, NotFound
from domain.resolutions import FINAL, MACHINE, ResolutionState, Way, may_decide, may_retract
from store.base import Base, Created, Id, inline
from store.chain.incoming_transfers import IncomingTransfer
from store.people.operators import Operator


class Resolution(Base):
    __tablename__ = "resolutions"
    machine = MACHINE
    __table_args__ = (
        CheckConstraint("way IN ('assign', 'return', 'dismiss')", "way"),
        CheckConstraint("(way = 'assign') = (wallet_id IS NOT NULL)", "wallet"),
        CheckConstraint("top_up_id IS NULL OR way = 'assign'", "top_up"),
        CheckConstraint("(state = 'requested') = (decided_at IS NULL)", "decided"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", "decided_by"),
        CheckConstraint("(state = 'withdrawn') = (decided_by = requested_by) OR state = 'requested'", "two_people"),
        CheckConstraint("(state IN ('requested', 'returning')) = (final_at IS NULL)", "final_at"),
        CheckConstraint("(state = 'returning') = (next_try_at IS NOT NULL)", "next_try_at"),
        CheckConstraint("(state = 'refused') = (refused_code IS NOT NULL)", "refused"),
        Index("uq_resolutions_one_open", "incoming_id", unique=True, postgresql_where=text("final_at IS NULL")),
        Index("ix_resolutions_incoming_id", "incoming_id", "id"),
        Index("ix_resolutions_waiting", "id", postgresql_where=text("state = 'requested'")),
        Index("ix_resolutions_returning", "next_try_at", postgresql_where=text("state = 'returning'")),
    )

    id: Mapped[Id]
    incoming_id: Mapped[UUID] = mapped_column(ForeignKey("incoming_transfers.id"))
    way: Mapped[str]
    wallet_id: Mapped[UUID | None] = mapped_column(ForeignKey("wallets.id"))
    """Where the money goes, if it is assigned: that of the top-up, if one is named."""
    top_up_id: Mapped[UUID | None] = mapped_column(ForeignKey("top_ups.id"))
    reason: Mapped[str]
    state: Mapped[str]
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("operators.id"))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("operators.id"))
    """Who approved or rejected it, or retracted their own."""
    decided_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    """How often the bank was asked to return the money."""
    next_try_at: Mapped[datetime | None]
    refused_code: Mapped[str | None]
    """Why the bank does not return it."""
    flagged_at: Mapped[datetime | None]
    """The bank's answer is overdue or contradicts what was asked."""
    final_at: Mapped[datetime | None]
    created_at: Mapped[Created]


async def request(
    session: AsyncSession,
    incoming: IncomingTransfer,
    way: Way,
    reason: str,
    operator_id: UUID,
    *,
    wallet_id: UUID | None = None,
    top_up_id: UUID | None = None,
) -> Resolution:
    """Stores a request about a locked transfer. Raises `Conflict` resolution_open."""
    if await open_resolution(session, incoming.id) is not None:
        raise Conflict("resolution_open", "There is an open resolution of this transfer already.")
    made = Resolution(
        incoming_id=incoming.id,
        way=way,
        wallet_id=wallet_id,
        top_up_id=top_up_id,
        reason=reason,
        state=ResolutionState.REQUESTED,
        requested_by=operator_id,
    )
    session.add(made)
    await session.flush()
    return made


async def resolution_of(session: AsyncSession, resolution_id: UUID, *, lock: bool = False) -> Resolution:
    """Raises `NotFound` unknown_resolution."""
    query = select(Resolution).where(Resolution.id == resolution_id).execution_options(populate_existing=True)
    found = await session.scalar(query.with_for_update(key_share=True) if lock else query)
    if found is None:
        raise NotFound("unknown_resolution", "There is no such resolution.")
    return found


async def open_resolution(session: AsyncSession, incoming_id: UUID) -> Resolution | None:
    query = select(Resolution).where(Resolution.incoming_id == incoming_id, Resolution.final_at.is_(None))
    return await session.scalar(query)


async def resolutions_of(session: AsyncSession, incoming_id: UUID) -> list[Resolution]:
    """All of one transfer, oldest first."""
    query = select(Resolution).where(Resolution.incoming_id == incoming_id).order_by(Resolution.id)
    return list(await session.scalars(query))


async def open_resolutions(session: AsyncSession, incoming_ids: list[UUID]) -> dict[UUID, Resolution]:
    """The open ones of these transfers, by transfer."""
    query = select(Resolution).where(Resolution.incoming_id.in_(incoming_ids), Resolution.final_at.is_(None))
    return {row.incoming_id: row for row in await session.scalars(query)}


async def resolutions_after(
    session: AsyncSession, *, open_only: bool, after: UUID | None, limit: int, until: datetime
) -> list[Resolution]:
    """A page of resolutions in the order of their requests; `open_only`: those that wait for a second person."""
    query = select(Resolution).where(Resolution.created_at < until).order_by(Resolution.id).limit(limit)
    if open_only:
        query = query.where(Resolution.state == inline(ResolutionState.REQUESTED))
    if after is not None:
        query = query.where(Resolution.id > after)
    return list(await session.scalars(query))


async def next_return(session: AsyncSession) -> Resolution | None:
    """A return of which the bank is to be asked now."""
    query = select(Resolution).where(Resolution.state == inline(ResolutionState.RETURNING))
    query = query.where(Resolution.next_try_at <= func.statement_timestamp())
    return await session.scalar(query.order_by(Resolution.next_try_at).limit(1))


def must_decide(resolution: Resolution, operator: Operator) -> None:
    """Raises `Forbidden` approver_key_needed, own_resolution, `Conflict` resolution_ended."""
    own = resolution.requested_by == operator.id
    may_decide(ResolutionState(resolution.state), own=own, approver=operator.approver)


def must_retract(resolution: Resolution, operator_id: UUID) -> None:
    """Raises `Forbidden` other_operator, `Conflict` resolution_ended."""
    may_retract(ResolutionState(resolution.state), own=resolution.requested_by == operator_id)


async def decided(session: AsyncSession, resolution: Resolution, state: ResolutionState, operator_id: UUID) -> None:
    """The second person's decision, or the first one's retraction. A return is due at the bank at once."""
    resolution.decided_at = await session.scalar(select(func.clock_timestamp()))
    resolution.decided_by = operator_id
    if state is ResolutionState.RETURNING:
        resolution.next_try_at = resolution.decided_at
    await _move(session, resolution, state, resolution.decided_at)


async def ended(session: AsyncSession, resolution: Resolution, refused_code: str | None) -> None:
    """The bank's final answer: it has returned the money, or refuses to."""
    now = await session.scalar(select(func.clock_timestamp()))
    resolution.next_try_at, resolution.refused_code = None, refused_code
    state = ResolutionState.RETURNED if refused_code is None else ResolutionState.REFUSED
    await _move(session, resolution, state, now)


async def put_off(
    session: AsyncSession, resolution: Resolution, pause: timedelta, *, flag_after: timedelta | None
) -> None:
    """The bank's answer is unknown: it is asked again after `pause`. Flagged `flag_after` the decision (None: now)."""
    now = await session.scalar(select(func.clock_timestamp()))
    assert now is not None and resolution.decided_at is not None
    resolution.tries += 1
    resolution.next_try_at = now + pause
    if resolution.flagged_at is None and (flag_after is None or now - resolution.decided_at > flag_after):
        resolution.flagged_at = now
    await session.flush()


async def _move(session: AsyncSession, resolution: Resolution, state: ResolutionState, now: datetime | None) -> None:
    resolution.state = state
    resolution.final_at = now if state in FINAL else None
    await session.flush()
