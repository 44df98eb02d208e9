from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base, NumberedId


class RequestRow(Base):
    """One write request that arrived, repeats included. `answered_at` stays null when the answer was lost."""

    __tablename__ = "requests"

    id: Mapped[NumberedId]
    caller: Mapped[str]
    key: Mapped[str]
    step: Mapped[str]
    bank_id: Mapped[int | None] = mapped_column(Integer)
    received_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    status: Mapped[int | None] = mapped_column(SmallInteger)
