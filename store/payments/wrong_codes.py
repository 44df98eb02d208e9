"""Wrong codes of every kind, a row each, and the limits on them per person, account and marketplace."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, ScalarSelect, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from domain.rate_limits import (
    WRONG_CODES_OF_ACCOUNT,
    WRONG_CODES_OF_MARKETPLACE,
    WRONG_CODES_OF_PERSON,
    RateLimit,
    too_many_wrong_codes,
)
from store.base import Base, Created


class WrongCode(Base):
    """A code that was wrong, or is being compared; `subject` names the try, `account` what the code is about."""

    __tablename__ = "wrong_codes"
    __table_args__ = (
        Index("ix_wrong_codes_user_id", "user_id", "at", postgresql_where=text("forgiven_at IS NULL")),
        Index("ix_wrong_codes_account", "account", "at", postgresql_where=text("forgiven_at IS NULL")),
        Index("ix_wrong_codes_marketplace_id", "marketplace_id", "at", postgresql_where=text("forgiven_at IS NULL")),
    )

    subject: Mapped[str] = mapped_column(primary_key=True)
    marketplace_id: Mapped[UUID] = mapped_column(ForeignKey("marketplaces.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    account: Mapped[str]
    at: Mapped[Created]
    forgiven_at: Mapped[datetime | None]
    """When the code proved to be right after all."""


@dataclass(frozen=True, slots=True)
class Trying:
    """The person who tries a code, and the account or wallet that it is about."""

    marketplace_id: UUID
    user_id: UUID
    account: str


async def note(session: AsyncSession, subject: str, trying: Trying) -> None:
    """Records the try `subject` as wrong; a repeat changes nothing."""
    await session.execute(insert(WrongCode).values(subject=subject, **asdict(trying)).on_conflict_do_nothing())


async def count(session: AsyncSession, subject: str, trying: Trying) -> datetime:
    """Records the try `subject`, unless it was recorded before, and returns when it first came. The person is locked.

    Commit it before the code is compared. Raises `TooMany` too_many_wrong_codes: then nothing is recorded.
    """
    if (known := await session.get(WrongCode, subject)) is not None:
        return known.at
    await refuse_guessing(session, trying)
    await note(session, subject, trying)
    return (await session.get_one(WrongCode, subject)).at


async def forgive(session: AsyncSession, subject: str) -> None:
    """The try `subject`, recorded before its code was compared, was right."""
    right = update(WrongCode).where(WrongCode.subject == subject).values(forgiven_at=func.clock_timestamp())
    await session.execute(right, execution_options={"synchronize_session": False})


async def refuse_guessing(session: AsyncSession, trying: Trying) -> None:
    """Raises `TooMany` too_many_wrong_codes while the person, the account or the marketplace has had too many."""
    refuse(*(await session.execute(select(*waits(trying)))).one())


def waits(trying: Trying) -> tuple[ScalarSelect[Any], ...]:
    """For each limit, how many seconds it still lasts; null when it does not. Part of another question."""
    return (
        _wait_s(WrongCode.user_id == trying.user_id, WRONG_CODES_OF_PERSON),
        _wait_s(WrongCode.account == trying.account, WRONG_CODES_OF_ACCOUNT),
        _wait_s(WrongCode.marketplace_id == trying.marketplace_id, WRONG_CODES_OF_MARKETPLACE),
    )


def refuse(*waits_s: Any) -> None:
    """Raises `TooMany` too_many_wrong_codes if any of `waits` has not ended."""
    if any(wait is not None for wait in waits_s):
        raise too_many_wrong_codes(math.ceil(max(wait for wait in waits_s if wait is not None)))


def _wait_s(whose: ColumnElement[bool], limit: RateLimit) -> ScalarSelect[Any]:
    """How long until there are fewer than the limit allows; null when there are. Reads no more rows than that."""
    now = func.clock_timestamp()
    lately = (whose, WrongCode.forgiven_at.is_(None), WrongCode.at > now - limit.window)
    within = select(func.extract("epoch", WrongCode.at + limit.window - now)).where(*lately)
    return within.order_by(WrongCode.at.desc()).offset(limit.most - 1).limit(1).scalar_subquery()
