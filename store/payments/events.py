"""Events: one per state change, written in the same transaction, numbered without gaps within a deal or payment."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Created


class Event(Base):
    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("subject_id", "number"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deals.id"), index=True)
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id"))
    subject_id: Mapped[UUID]
    """The payment's id when the event is about a payment, else the deal's."""
    number: Mapped[int]
    """1, 2, 3, … within the subject, taken under the subject's row lock."""
    type: Mapped[str]
    data: Mapped[dict[str, object]] = mapped_column(JSONB)
    created_at: Mapped[Created]

    @property
    def payers_own(self) -> bool:
        """Whether it reveals how a buyer fares with codes, which sellers must not see."""
        return self.type in ("payment.code_requested", "payment.delayed") or "rejected" in self.data


async def events_of(session: AsyncSession, deal_id: UUID, *, after: int = 0, limit: int | None = None) -> list[Event]:
    """Events of a deal and of its payments, oldest first: all of them, or `limit` of those with an id above `after`."""
    query = select(Event).where(Event.deal_id == deal_id, Event.id > after).order_by(Event.id).limit(limit)
    return list(await session.scalars(query))
