"""Codes that confirm withdrawals: mailed to the wallet's owner, kept as keyed hashes, tried at most five times each."""

from __future__ import annotations

import hmac
import math
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import Conflict, TooMany
from domain.withdrawals import (
    CODE_LIVES,
    CODE_PAUSE,
    MAX_CODES,
    MAX_TRIES,
    WithdrawalState,
    code_binding,
    may_confirm,
)
from edge.codes import digest, new_code
from edge.sealing import Sealer
from store import clock, wrong_codes
from store.base import Base, Created, Id
from store.users import User, lock_person
from store.wallet_notices import seal_code
from store.wallets import Wallet
from store.withdrawals import Withdrawal, tell


class WithdrawalCode(Base):
    __tablename__ = "withdrawal_codes"
    __table_args__ = (
        UniqueConstraint("withdrawal_id", "number"),
        CheckConstraint("number BETWEEN 1 AND 3", "at_most_three"),
        CheckConstraint("tries BETWEEN 0 AND 5", "at_most_five_tries"),
        CheckConstraint("used_at <= expires_at AND tries > 0 OR used_at IS NULL", "used_in_time"),
        Index("uq_withdrawal_codes_used", "withdrawal_id", unique=True, postgresql_where=text("used_at IS NOT NULL")),
    )

    id: Mapped[Id]
    withdrawal_id: Mapped[UUID] = mapped_column(ForeignKey("withdrawals.id"))
    number: Mapped[int]
    digest: Mapped[bytes]
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[Created]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class WithdrawalTry(Base):
    """A try that was counted. The same request has the same key, and is the same try however often it comes."""

    __tablename__ = "withdrawal_tries"
    __table_args__ = (
        UniqueConstraint("code_id", "number"),
        CheckConstraint("number BETWEEN 1 AND 5", "at_most_five"),
    )

    caller: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    code_id: Mapped[UUID] = mapped_column(ForeignKey("withdrawal_codes.id"))
    number: Mapped[int]


async def mail_code(session: AsyncSession, sealer: Sealer, pepper: bytes, withdrawal: Withdrawal) -> WithdrawalCode:
    """Has a new code mailed to the owner of a locked withdrawal; the one before is dead from then on.

    Raises `Conflict` withdrawal_ended, too_many_codes, `TooMany` code_too_soon.
    """
    now = await clock.now(session, withdrawal.id)
    may_confirm(WithdrawalState(withdrawal.state), now, withdrawal.expires_at)
    last = await newest_code(session, withdrawal.id)
    number = 1 if last is None else last.number + 1
    if number > MAX_CODES:
        raise Conflict("too_many_codes", f"A withdrawal gets at most {MAX_CODES} codes.")
    if last is not None and (wait := last.created_at + CODE_PAUSE - now).total_seconds() > 0:
        raise TooMany("code_too_soon", "The last code was sent a moment ago.", math.ceil(wait.total_seconds()))
    plain = new_code()
    code = WithdrawalCode(
        withdrawal_id=withdrawal.id,
        number=number,
        digest=_digest(plain, withdrawal, pepper),
        created_at=now,
        expires_at=min(now + CODE_LIVES, withdrawal.expires_at),
    )
    session.add(code)
    await session.flush()
    await tell(session, withdrawal, "withdrawal_code", seal_code(sealer, plain, withdrawal.wallet_id))
    return code


async def count_try(session: AsyncSession, withdrawal: Withdrawal, caller: str, key: str) -> None:
    """Counts one try of the newest code, in one statement. Commit it before `confirm` compares anything.

    A request that comes again with its key was counted before. Raises `TooMany` too_many_wrong_codes: then it was not.
    """
    if await session.get(WithdrawalTry, (caller, key)) is not None:
        return
    owner = await session.get_one(User, (await session.get_one(Wallet, withdrawal.wallet_id)).user_id)
    trying = wrong_codes.Trying(owner.marketplace_id, owner.id, withdrawal.account)
    await lock_person(session, owner.id)  # of any number of tries at once no more than the limit are compared
    await wrong_codes.refuse_guessing(session, trying)
    newest = select(WithdrawalCode.id).where(WithdrawalCode.withdrawal_id == withdrawal.id)
    newest = newest.order_by(WithdrawalCode.number.desc()).limit(1)
    counted = (
        update(WithdrawalCode)
        .where(WithdrawalCode.id == newest.scalar_subquery(), WithdrawalCode.tries < MAX_TRIES)
        .values(tries=WithdrawalCode.tries + 1)
        .returning(WithdrawalCode.id, WithdrawalCode.tries)
        .execution_options(synchronize_session=False)
    )
    row = (await session.execute(counted)).one_or_none()
    if row is not None:
        session.add(WithdrawalTry(caller=caller, key=key, code_id=row[0], number=row[1]))
        await session.flush()
        await wrong_codes.note(session, _try(withdrawal, row[0], row[1]), trying)  # until it has proved right


async def confirm(
    session: AsyncSession, pepper: bytes, withdrawal: Withdrawal, caller: str, key: str, typed: str
) -> None:
    """Confirms a locked withdrawal with the code of a try that was counted.

    Wrong, late and dead codes, and those tried too often, have one answer: `Conflict` code_rejected. Raises `Conflict`
    withdrawal_ended too.
    """
    now = await clock.now(session, withdrawal.id)
    may_confirm(WithdrawalState(withdrawal.state), now, withdrawal.expires_at)
    counted = await session.get(WithdrawalTry, (caller, key))
    newest = await newest_code(session, withdrawal.id)
    given = _digest(typed, withdrawal, pepper)
    if (
        counted is None
        or newest is None
        or counted.code_id != newest.id
        or now > newest.expires_at
        or not hmac.compare_digest(given, newest.digest)
    ):
        raise Conflict("code_rejected", "The code is wrong, too old, or was tried too often.", "code")
    newest.used_at = now
    await wrong_codes.forgive(session, _try(withdrawal, newest.id, counted.number))
    withdrawal.state, withdrawal.confirmed_at, withdrawal.redrives = WithdrawalState.PAYING, now, 0
    await session.flush()


async def newest_code(session: AsyncSession, withdrawal_id: UUID) -> WithdrawalCode | None:
    query = select(WithdrawalCode).where(WithdrawalCode.withdrawal_id == withdrawal_id)
    query = query.order_by(WithdrawalCode.number.desc()).limit(1)
    return await session.scalar(query.execution_options(populate_existing=True))


def _try(withdrawal: Withdrawal, code_id: UUID, number: int) -> str:
    return f"withdrawal/{withdrawal.id}/{code_id}/{number}"


def _digest(code: str, withdrawal: Withdrawal, pepper: bytes) -> bytes:
    return digest(code, code_binding(str(withdrawal.id), withdrawal.account, str(withdrawal.total)), pepper)
