from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Table
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base
from edge.idempotency import answers_table

ANSWERS: Final[Table] = answers_table(Base.metadata, "answers")


class WithheldAnswer(Base):
    """An answer that is there but not told before `until`: whoever asks or repeats gets 202 again."""

    __tablename__ = "withheld_answers"

    caller: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    operation: Mapped[str | None]
    until: Mapped[datetime]


class FalseAnswer(Base):
    """An answer that is told with a wrong amount to whoever asks or repeats; the stored one is right."""

    __tablename__ = "false_answers"

    caller: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
