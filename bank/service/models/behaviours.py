from __future__ import annotations

from sqlalchemy import ForeignKey, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base


class Behaviour(Base):
    """How a bank misbehaves at `steps` (empty: all): answers late, or loses its next answers."""

    __tablename__ = "behaviours"

    bank_id: Mapped[int] = mapped_column(Integer, ForeignKey("banks.id"), primary_key=True, autoincrement=False)
    slow_ms: Mapped[int] = mapped_column(server_default="0", default=0)
    lose_replies: Mapped[int] = mapped_column(server_default="0", default=0)
    steps: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
