"""Agreements: what one party of a deal proposes and the other agrees to. At most one proposal of a subject is open."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Id


class Agreement(Base):
    __tablename__ = "agreements"
    __table_args__ = (
        CheckConstraint("subject IN ('cancellation', 'extension')", "subject"),
        CheckConstraint("proposed_by IN ('buyer', 'seller', 'operator')", "party"),
        CheckConstraint("(subject = 'extension') = (pay_by IS NOT NULL)", "pay_by"),
        CheckConstraint("(state = 'proposed') = (resolved_at IS NULL)", "resolved"),
        Index("uq_agreements_proposed", "deal_id", "subject", unique=True, postgresql_where=text("state = 'proposed'")),
    )

    id: Mapped[Id]
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deals.id"), index=True)
    subject: Mapped[str]
    state: Mapped[str]
    proposed_by: Mapped[str]
    reason: Mapped[str | None]
    pay_by: Mapped[datetime | None]
    """The deadline proposed, of an extension. Market database clock."""
    proposed_at: Mapped[datetime]
    """By the deal's clock, taken after its lock: this is the time that counts."""
    resolved_at: Mapped[datetime | None]
