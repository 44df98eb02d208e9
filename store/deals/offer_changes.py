"""The terms and units of an offer at creation, and its seller's changes: the basis for auditing deals and units."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.money import Money
from store.base import Base, Created, Minor


class OfferChange(Base):
    __tablename__ = "offer_changes"
    __table_args__ = (CheckConstraint("number > 0", "number"),)

    offer_id: Mapped[UUID] = mapped_column(ForeignKey("offers.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    """1 is the creation of the offer."""
    units: Mapped[int]
    """By how many units the seller enlarged or reduced the offer. Sales are no changes."""
    price_minor: Mapped[Minor]
    currency: Mapped[str]
    """The price from then on."""
    changed_at: Mapped[Created]


async def note_change(session: AsyncSession, offer_id: UUID, units: int, price: Money) -> None:
    """Records a change of a new or locked offer."""
    last = select(func.coalesce(func.max(OfferChange.number), 0)).where(OfferChange.offer_id == offer_id)
    number = int(await session.scalar(last) or 0) + 1
    change = OfferChange(
        offer_id=offer_id, number=number, units=units, price_minor=price.minor, currency=price.currency
    )
    session.add(change)
    await session.flush()
