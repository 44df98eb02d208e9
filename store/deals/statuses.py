"""Statuses that administrators define, and the one that a deal has: set under the deal's lock, with its event."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import CheckConstraint, Text, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import NotFound
from domain.statuses import CODE, Setter
from store import clock
from store.base import Base, Created
from store.deals.deals import Deal, note_event
from store.payments.events import Event

EVENT = "deal.status_set"


class Status(Base):
    __tablename__ = "statuses"
    __table_args__ = (
        CheckConstraint(f"code ~ '{CODE}'", "code"),
        CheckConstraint("en <> '' AND ru <> ''", "not_empty"),
        CheckConstraint("cardinality(states) > 0", "states"),
        CheckConstraint("cardinality(set_by) > 0 AND set_by <@ ARRAY['seller', 'buyer', 'operator']", "set_by"),
    )

    code: Mapped[str] = mapped_column(primary_key=True)
    en: Mapped[str]
    ru: Mapped[str]
    states: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """The states of a deal in which it can be set."""
    set_by: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Who can set it."""
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    """A retired one stays with the deals that have it, and is set on no other."""
    created_at: Mapped[Created]


async def statuses(session: AsyncSession) -> list[Status]:
    """All statuses, retired ones included."""
    return list(await session.scalars(select(Status).order_by(Status.code)))


async def status_of(session: AsyncSession, code: str, *, settle: bool = False) -> Status:
    """The status; `NotFound` unknown_status. With `settle` it cannot be changed until this transaction ends."""
    query = select(Status).where(Status.code == code)
    status = await session.scalar(query.with_for_update(read=True) if settle else query)
    if status is None:
        raise NotFound("unknown_status", "There is no such status.", "status")
    return status


async def put_status(
    session: AsyncSession,
    code: str,
    *,
    en: str,
    ru: str,
    states: Collection[str],
    set_by: Collection[str],
    active: bool,
) -> tuple[Status, bool]:
    """Creates or changes a status; whether there was none before."""
    created = await session.scalar(select(Status.code).where(Status.code == code)) is None
    values = {"en": en, "ru": ru, "states": list(states), "set_by": list(set_by), "active": active}
    row = insert(Status).values(code=code, **values)
    await session.execute(row.on_conflict_do_update(index_elements=[Status.code], set_=values))
    return await session.get_one(Status, code, populate_existing=True), created


async def statuses_set(session: AsyncSession, deal_id: UUID) -> list[Event]:
    """The events in which a status of the deal was set, oldest first."""
    query = select(Event).where(Event.deal_id == deal_id, Event.type == EVENT).order_by(Event.number)
    return list(await session.scalars(query))


async def give_status(session: AsyncSession, deal: Deal, status: Status, by: Setter, operator_id: UUID | None) -> None:
    """Sets the status of a locked deal. Its event keeps the names that both parties read then."""
    now = await clock.now(session, deal.id)
    deal.status, deal.status_by, deal.status_at = status.code, by, now
    who = {} if operator_id is None else {"operator": str(operator_id)}
    names = {"en": status.en, "ru": status.ru}
    note_event(session, deal, EVENT, status=status.code, names=names, by=by, **who)
    await session.flush()
