"""Codes that the platform itself issues: for payments from wallets, and for withdrawals.

One implementation for both, because a code knows only `subject`, the permanent name of what it confirms, and `binding`,
which is hashed with the code: for another amount or payee it is another code. So there is one table, without a foreign
key; the audit compares codes with payments and withdrawals.

The rules are those of banks (`domain/codes.py`, rule 16 of `docs/invariants.md`). A try is counted in a separate
transaction before the code is compared, and of any number of parallel tries exactly five are counted. Wrong, expired,
used and unknown codes look alike. The limit on a person's wrong codes is applied before
(`store/payments/wrong_codes.py`).
"""

from __future__ import annotations

import hmac
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.codes import CODE_LIFE, CODE_PAUSE, MAX_CODES, MAX_TRIES
from edge import codes
from store.base import Base, Created


class ConfirmationCode(Base):
    """The `number`-th code of `subject`. Live until it is used or replaced; only the last one is live."""

    __tablename__ = "confirmation_codes"
    __table_args__ = (
        CheckConstraint(f"number BETWEEN 1 AND {MAX_CODES}", "at_most_three"),
        CheckConstraint(f"tries BETWEEN 0 AND {MAX_TRIES}", "at_most_five_tries"),
        CheckConstraint("(used_at IS NULL) = (used_by IS NULL) AND (used_at IS NULL OR tries > 0)", "used_by_a_try"),
        CheckConstraint("used_at <= expires_at", "used_in_time"),
        Index(
            "uq_confirmation_codes_live",
            "subject",
            unique=True,
            postgresql_where=text("killed_at IS NULL AND used_at IS NULL"),
        ),
        Index("uq_confirmation_codes_used", "subject", unique=True, postgresql_where=text("used_at IS NOT NULL")),
    )

    subject: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[bytes]
    """Keyed hash of the code and of what it confirms: for anything else it is another code."""
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[Created]
    expires_at: Mapped[datetime]
    killed_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    """When the code that proved right was entered, by the clock that judged it."""
    used_by: Mapped[str | None]
    """The name of that try."""


class CodeTry(Base):
    """One counted try: `name` identifies a try of the subject, which counts once, however often it is repeated."""

    __tablename__ = "code_tries"
    __table_args__ = (
        # Named for its purpose: a transaction that two requests race for is repeated, and then finds the try counted.
        PrimaryKeyConstraint("subject", "name", name="code_tries_idempotency_pk"),
        ForeignKeyConstraint(["subject", "code_number"], ["confirmation_codes.subject", "confirmation_codes.number"]),
        UniqueConstraint("subject", "code_number", "number"),
        CheckConstraint(f"number BETWEEN 1 AND {MAX_TRIES}", "at_most_five"),
    )

    subject: Mapped[str]
    name: Mapped[str]
    code_number: Mapped[int]
    number: Mapped[int]
    at: Mapped[Created]


@dataclass(frozen=True, slots=True)
class CodeRules:
    """The key of the hashes, and the pause before the next code."""

    pepper: bytes
    pause: timedelta = CODE_PAUSE


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: the same may be requested again after `seconds`."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Issued:
    """`code` is the secret, given once, when the code is made; None when it was made before."""

    expires_at: datetime
    code: str | None = None


class Counted(NamedTuple):
    """The `number`-th try of the code `code_number`."""

    code_number: int
    number: int


async def issue(
    session: AsyncSession,
    subject: str,
    number: int,
    binding: str,
    rules: CodeRules,
    *,
    now: datetime,
    until: datetime | None = None,
) -> Issued | Wait:
    """Makes the `number`-th code of a locked subject, which replaces the previous one. A repeat gets the same code.

    `now` is by the clock by which tries are timed; `until` limits the code's validity.
    """
    known = list(await session.scalars(select(ConfirmationCode).where(ConfirmationCode.subject == subject)))
    for code in known:
        if code.number == number:
            return Issued(code.expires_at)
    if known and (left := max(code.created_at for code in known) + rules.pause - now) > timedelta(0):
        return Wait(math.ceil(left.total_seconds()))
    await kill(session, subject)
    secret = codes.new_code()
    expires_at = now + CODE_LIFE if until is None else min(now + CODE_LIFE, until)
    session.add(
        ConfirmationCode(
            subject=subject,
            number=number,
            digest=codes.digest(secret, binding, rules.pepper),
            created_at=now,
            expires_at=expires_at,
        )
    )
    await session.flush()
    return Issued(expires_at, secret)


async def kill(session: AsyncSession, subject: str) -> None:
    """No code of the subject can be redeemed any more."""
    killed = update(ConfirmationCode).where(*_live(subject)).values(killed_at=func.clock_timestamp())
    await session.execute(killed, execution_options={"synchronize_session": False})


async def count_try(session: AsyncSession, subject: str, name: str) -> Counted | None:
    """Counts a try against the live code. Commit it before anything is compared. A try counts once.

    None: it was counted before, or there is no live code; the answer to the code is then that of a wrong one.
    """
    if await was_counted(session, subject, name):
        return None
    counted = update(ConfirmationCode).where(*_live(subject), ConfirmationCode.tries < MAX_TRIES)
    counted = counted.values(tries=ConfirmationCode.tries + 1)
    row = (
        await session.execute(
            counted.returning(ConfirmationCode.number, ConfirmationCode.tries),
            execution_options={"synchronize_session": False},
        )
    ).one_or_none()
    if row is None:
        return None
    made = Counted(*row)
    await session.execute(
        insert(CodeTry).values(subject=subject, name=name, code_number=made.code_number, number=made.number)
    )
    return made


async def was_counted(session: AsyncSession, subject: str, name: str) -> bool:
    return await session.get(CodeTry, (subject, name)) is not None


async def redeem(
    session: AsyncSession, subject: str, name: str, typed: str, at: datetime, binding: str, pepper: bytes
) -> Counted | None:
    """The counted try `name`, if it was right; it then uses the code up, and no other try is right.

    `typed` is normalised. Expiry is judged by `at`, when the code was entered by the market's own clock.
    """
    counted = await session.get(CodeTry, (subject, name))
    if counted is None:
        return None
    query = select(ConfirmationCode).where(
        ConfirmationCode.subject == subject, ConfirmationCode.number == counted.code_number
    )
    query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    code = (await session.scalars(query)).one()
    made = Counted(counted.code_number, counted.number)
    if code.used_by is not None:
        return made if code.used_by == name else None
    right = hmac.compare_digest(code.digest, codes.digest(typed, binding, pepper))
    if code.killed_at is not None or not right or at > code.expires_at:
        return None
    code.used_at, code.used_by = at, name
    await session.flush()
    return made


async def newest_code(session: AsyncSession, subject: str) -> ConfirmationCode | None:
    query = select(ConfirmationCode).where(ConfirmationCode.subject == subject)
    query = query.order_by(ConfirmationCode.number.desc()).limit(1)
    return await session.scalar(query.execution_options(populate_existing=True))


def _live(subject: str) -> tuple[ColumnElement[bool], ...]:
    return ConfirmationCode.subject == subject, ConfirmationCode.used_at.is_(None), ConfirmationCode.killed_at.is_(None)
