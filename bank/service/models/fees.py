from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, func
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base


class Fee(Base):
    """What a transfer between two banks costs its payer: a percent (in basis points), but at least the minimum."""

    __tablename__ = "fees"

    payer_bank: Mapped[int] = mapped_column(Integer, ForeignKey("banks.id"), primary_key=True)
    payee_bank: Mapped[int] = mapped_column(Integer, ForeignKey("banks.id"), primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    percent_bp: Mapped[int] = mapped_column(Integer)
    minimum_minor: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
