"""Faults on demand: how banks misbehave, and answers that are held back or false."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Identity, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from bank.service.models.base import Base


class Behaviour(Base):
    """How a bank misbehaves: late or losing its next answers at `steps` (empty: all), and by `rules`.

    `drawn` counts the write requests since the rules were set; with `seed` it decides what each of them meets.
    """

    __tablename__ = "behaviours"

    bank_id: Mapped[int] = mapped_column(Integer, ForeignKey("banks.id"), primary_key=True, autoincrement=False)
    slow_ms: Mapped[int] = mapped_column(server_default="0", default=0)
    lose_replies: Mapped[int] = mapped_column(server_default="0", default=0)
    steps: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    seed: Mapped[int] = mapped_column(server_default="0", default=0)
    drawn: Mapped[int] = mapped_column(server_default="0", default=0)
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]", default=list)


class WithheldAnswer(Base):
    """An answer that is withheld before `until`: questions and repeats get 202 again."""

    __tablename__ = "withheld_answers"

    caller: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    operation: Mapped[str | None]
    until: Mapped[datetime]


class CountedRequest(Base):
    """A request about an operation of a test account that refuses its first ones: `id` is their order."""

    __tablename__ = "counted_requests"
    __table_args__ = (UniqueConstraint("operation", "step", "key", name="counted_requests_once"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    operation: Mapped[str] = mapped_column(ForeignKey("operations.key"))
    step: Mapped[str]
    key: Mapped[str]


class FalseAnswer(Base):
    """An answer with a wrong amount for questions and repeats; the stored one is right."""

    __tablename__ = "false_answers"

    caller: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
