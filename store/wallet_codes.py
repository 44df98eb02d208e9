"""Confirmation codes of the platform: for money that leaves a wallet the market itself is the payer's bank.

The rules are those of banks (rule 16 of `docs/invariants.md`): a keyed hash of the code and of all that it confirms,
ten minutes, five tries, three codes, a pause between them, used once. A try is counted in a transaction of its own
before the code is compared, and of any number of parallel tries exactly five are counted. Wrong, late, used and unknown
codes look alike. How many a person may get wrong at all is settled before, where the code is submitted
(`store/wrong_codes.py`).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.payments import MAX_TRIES_PER_CODE
from edge import codes
from store.base import Base, Created

LIFE: Final = timedelta(minutes=10)
PAUSE: Final = timedelta(seconds=30)  # a mailbox must not be flooded, and mail takes a moment


class WalletCode(Base):
    """The `number`-th code of `subject`, what it confirms. Live until it is used or killed."""

    __tablename__ = "wallet_codes"
    __table_args__ = (
        CheckConstraint("number BETWEEN 1 AND 3", "at_most_three"),
        CheckConstraint("tries BETWEEN 0 AND 5", "at_most_five_tries"),
        CheckConstraint(
            "(used_at IS NULL) = (used_attempt IS NULL) AND (used_at IS NULL OR tries > 0)", "used_by_a_try"
        ),
        Index(
            "uq_wallet_codes_live",
            "subject",
            unique=True,
            postgresql_where=text("killed_at IS NULL AND used_at IS NULL"),
        ),
    )

    subject: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    payer_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    digest: Mapped[bytes]
    """Keyed hash of the code and of what it confirms: for anything else it is another code."""
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[Created]
    expires_at: Mapped[datetime]
    killed_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    used_attempt: Mapped[int | None]


class WalletCodeTry(Base):
    """One counted try: the attempt of the payer counts once, however often it is asked about."""

    __tablename__ = "wallet_code_tries"
    __table_args__ = (
        ForeignKeyConstraint(["subject", "code_number"], ["wallet_codes.subject", "wallet_codes.number"]),
    )

    subject: Mapped[str] = mapped_column(primary_key=True)
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code_number: Mapped[int]
    at: Mapped[Created]


@dataclass(frozen=True, slots=True)
class CodeRules:
    """The key of the hashes, and how long to wait before the next code."""

    pepper: bytes
    pause: timedelta = PAUSE


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: the same may be asked again after `seconds`."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Sent:
    """`code` is the secret, given once, when the code is made; None when it was made before."""

    expires_at: datetime
    code: str | None = None


async def send(
    session: AsyncSession,
    subject: str,
    number: int,
    payer_id: UUID,
    binding: str,
    rules: CodeRules,
    *,
    now: datetime,
) -> Sent | Wait:
    """Makes the `number`-th code of a locked subject; it kills the one before. Asked again it is the same code.

    `now` is by the clock by which submissions are timed.
    """
    known = list(await session.scalars(select(WalletCode).where(WalletCode.subject == subject)))
    for code in known:
        if code.number == number:
            return Sent(code.expires_at)
    if known and (left := max(code.created_at for code in known) + rules.pause - now) > timedelta(0):
        return Wait(int(left.total_seconds()) + 1)
    await kill(session, subject)
    secret = codes.new_code()
    digest = codes.digest(secret, binding, rules.pepper)
    session.add(
        WalletCode(
            subject=subject,
            number=number,
            payer_id=payer_id,
            digest=digest,
            tries=0,
            created_at=now,
            expires_at=now + LIFE,
        )
    )
    await session.flush()
    return Sent(now + LIFE, secret)


async def kill(session: AsyncSession, subject: str) -> None:
    """No code of the subject can be redeemed any more."""
    live = (WalletCode.subject == subject, WalletCode.used_at.is_(None), WalletCode.killed_at.is_(None))
    await session.execute(
        update(WalletCode).where(*live).values(killed_at=func.clock_timestamp()),
        execution_options={"synchronize_session": False},
    )


async def count_try(session: AsyncSession, subject: str, attempt: int) -> None:
    """Counts a try against the live code; to be committed before anything is compared. An attempt counts once."""
    if await session.get(WalletCodeTry, (subject, attempt)) is not None:
        return
    counted = update(WalletCode).where(
        WalletCode.subject == subject,
        WalletCode.used_at.is_(None),
        WalletCode.killed_at.is_(None),
        WalletCode.tries < MAX_TRIES_PER_CODE,
    )
    number = await session.scalar(
        counted.values(tries=WalletCode.tries + 1).returning(WalletCode.number),
        execution_options={"synchronize_session": False},
    )
    if number is None:
        return  # nothing to try: the answer is that of a wrong code
    row = insert(WalletCodeTry).values(subject=subject, attempt=attempt, code_number=number)
    await session.execute(row)  # of two at once for one attempt the second fails, and its count with it


async def redeem(
    session: AsyncSession, subject: str, attempt: int, typed: str, submitted_at: datetime, binding: str, pepper: bytes
) -> bool:
    """Whether the counted try of `attempt` was right; then the code is used up by it, and only this attempt was right.

    `typed` is normalised. Expiry is judged by `submitted_at`, which the market's own clock has set.
    """
    counted = await session.get(WalletCodeTry, (subject, attempt))
    if counted is None:
        return False
    query = select(WalletCode).where(WalletCode.subject == subject, WalletCode.number == counted.code_number)
    code = (
        await session.scalars(query.with_for_update(key_share=True).execution_options(populate_existing=True))
    ).one()
    if code.used_attempt is not None:
        return code.used_attempt == attempt
    right = hmac.compare_digest(code.digest, codes.digest(typed, binding, pepper))
    if code.killed_at is not None or not right or submitted_at > code.expires_at:
        return False
    code.used_at, code.used_attempt = await _now(session), attempt
    await session.flush()
    return True


async def _now(session: AsyncSession) -> datetime:
    stamp = await session.scalar(select(func.clock_timestamp()))
    assert isinstance(stamp, datetime)
    return stamp
