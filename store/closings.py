"""Closing statements: what the last comparison of a deal's books with its banks has found."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base


class Closing(Base):
    __tablename__ = "closings"
    __table_args__ = (CheckConstraint("checks > 0", "checks"),)

    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deals.id"), primary_key=True)
    balanced: Mapped[bool]
    differences: Mapped[list[str]] = mapped_column(JSONB)
    """Sentences, one for each line that differs; none when it balances."""
    operations: Mapped[list[dict[str, object]]] = mapped_column(JSONB)
    """The bank's operations with the deal's reference, as they were told."""
    checks: Mapped[int]
    checked_at: Mapped[datetime]
