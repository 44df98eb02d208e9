"""Confirmation codes: sending, counting tries, redeeming."""

from __future__ import annotations

import hmac
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.models import ANSWERS, Code, CodeMail, CodeTry, OperationRow
from bank.service.refusals import operation_ended
from bank.service.rules.codes import MAX_CODES, MAX_TRIES, binding, judged_at
from domain.errors import Conflict, TooMany
from domain.money import Money
from edge import codes
from edge.idempotency import find, lock_key
from edge.sealing import Sealer


@dataclass(frozen=True, slots=True)
class CodeRules:
    """How long a code lives, how long to wait before the next, and the secrets that protect it."""

    ttl: timedelta
    pause: timedelta
    pepper: bytes
    sealer: Sealer


def code_rejected() -> Conflict:
    """One answer for a code that is wrong, late, used, unknown or tried too often."""
    return Conflict("code_rejected", "The code was not accepted.", "code")


async def send_code(session: AsyncSession, rules: CodeRules, operation: OperationRow) -> Code:
    """Makes the operation's next code and puts its mail into the outbox; kills the code before it.

    The operation is locked. Raises `Conflict`: `operation_ended` unless it is just created, `too_many_codes`;
    `TooMany` `code_too_soon`.
    """
    if operation.status != "created":
        raise operation_ended()
    statement = select(Code.number, Code.created_at, func.clock_timestamp().label("now"))
    last = (
        await session.execute(
            statement.where(Code.operation_key == operation.key).order_by(Code.number.desc()).limit(1)
        )
    ).one_or_none()
    if last is not None:
        if last.number >= MAX_CODES:
            raise Conflict("too_many_codes", f"An operation gets at most {MAX_CODES} codes.")
        wait = last.created_at + rules.pause - last.now
        if wait > timedelta(0):
            raise TooMany("code_too_soon", "The last code was sent a moment ago.", math.ceil(wait.total_seconds()))
        await kill_codes(session, operation.key)
    secret = codes.new_code()
    now = await session.scalar(select(func.clock_timestamp()))
    assert now is not None
    code = Code(
        operation_key=operation.key,
        number=1 if last is None else last.number + 1,
        digest=codes.digest(secret, _binding(operation), rules.pepper),
        created_at=now,
        expires_at=now + rules.ttl,
    )
    session.add(code)
    await session.flush()
    session.add(CodeMail(code_id=code.id, sealed=rules.sealer.seal(secret, seal_context(code.id))))
    await session.flush()
    return code


async def kill_codes(session: AsyncSession, operation_key: str) -> None:
    """No code of the operation can be redeemed any more."""
    live = (Code.operation_key == operation_key, Code.used_at.is_(None), Code.killed_at.is_(None))
    await session.execute(update(Code).where(*live).values(killed_at=func.clock_timestamp()))


async def count_try(session: AsyncSession, caller: str, key: str, fingerprint: bytes, operation_key: str) -> None:
    """Counts a try against the operation's live code, in a transaction that commits before anything is compared.

    One atomic UPDATE: of any number of parallel tries exactly `MAX_TRIES` are counted per code. A request
    that was answered, or counted before a crash, is not counted again. Raises as `edge.idempotency.find`.
    """
    await lock_key(session, caller, key)
    if await find(session, ANSWERS, caller, key, fingerprint) is not None:
        return
    if await session.scalar(select(CodeTry.code_id).where(CodeTry.caller == caller, CodeTry.key == key)):
        return
    mine = select(OperationRow.key).where(
        OperationRow.key == operation_key, OperationRow.caller == caller, OperationRow.status == "created"
    )
    counted = (
        await session.execute(
            update(Code)
            .where(Code.operation_key.in_(mine), Code.used_at.is_(None), Code.killed_at.is_(None))
            .where(Code.tries < MAX_TRIES)
            .values(tries=Code.tries + 1)
            .returning(Code.id, Code.tries),
            execution_options={"synchronize_session": False},
        )
    ).one_or_none()
    if counted is not None:
        await session.execute(insert(CodeTry).values(code_id=counted.id, number=counted.tries, caller=caller, key=key))


async def redeem(
    session: AsyncSession,
    rules: CodeRules,
    caller: str,
    key: str,
    operation: OperationRow,
    typed: str,
    submitted_at: datetime,
) -> None:
    """Uses up the code that this request's counted try was against. The operation is locked.

    `typed` is normalised. Expiry is judged by `submitted_at` where it can be believed. Raises `code_rejected`.
    """
    counted = select(CodeTry.code_id).where(CodeTry.caller == caller, CodeTry.key == key)
    live = (Code.operation_key == operation.key, Code.used_at.is_(None), Code.killed_at.is_(None))
    statement = select(Code, func.clock_timestamp()).where(Code.id.in_(counted), *live).with_for_update(of=Code)
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise code_rejected()
    code, now = found
    moment = judged_at(submitted_at, code.created_at, now)
    right = hmac.compare_digest(code.digest, codes.digest(typed, _binding(operation), rules.pepper))
    if not right or moment > code.expires_at:
        raise code_rejected()
    await session.execute(
        update(Code).where(Code.id == code.id).values(used_at=func.clock_timestamp(), judged_at=moment),
        execution_options={"synchronize_session": False},
    )


def seal_context(code_id: int) -> str:
    return f"bank-code/{code_id}"


def _binding(operation: OperationRow) -> str:
    amount = Money(operation.amount_minor, operation.currency)
    return binding(operation.key, amount, Money(operation.fee_minor, operation.currency), operation.payee_account)
