"""Refunds: money that the seller had already and that goes back to the payers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.money import Money
from store.base import Base, Created, Id, Minor


class Refund(Base):
    __tablename__ = "refunds"
    __table_args__ = (
        UniqueConstraint("deal_id", "number"),
        CheckConstraint("amount_minor > 0", "amount"),
        CheckConstraint("(state = 'refunded') = (final_at IS NOT NULL)", "final_at"),
        Index("ix_refunds_open", "id", postgresql_where=text("final_at IS NULL")),
    )

    id: Mapped[Id]
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deals.id"))
    number: Mapped[int]
    """1, 2, 3, … within the deal; they are carried out in this order."""
    amount_minor: Mapped[Minor]
    """Of the price, in the deal's currency; the bank's fee may go back beside it."""
    cause: Mapped[str]
    fee: Mapped[str]
    """Who bears the fee of the payer's bank, by the deal's terms for this cause."""
    reason: Mapped[str]
    requested_by: Mapped[str]
    """The caller's name, or `deal` when the deal itself takes back what it had released."""
    state: Mapped[str]
    flagged_at: Mapped[datetime | None]
    final_at: Mapped[datetime | None]
    nudges: Mapped[int] = mapped_column(server_default=text("0"))
    nudged_at: Mapped[datetime | None]
    created_at: Mapped[Created]

    def amount(self, currency: str) -> Money:
        return Money(self.amount_minor, currency)
