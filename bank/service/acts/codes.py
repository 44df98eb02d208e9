"""Confirmation codes of operations and of account accesses: sending, counting tries, redeeming."""

from __future__ import annotations

import hmac
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, cast, func, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts.code_limits import AccountLimit, CodeLimits, take_turn, too_many_codes_sent, too_many_wrong_codes
from bank.service.facts import Facts
from bank.service.models import ANSWERS, Code, CodeMessage, CodeTry, OperationRow
from bank.service.refusals import operation_ended
from bank.service.rules.codes import MAX_CODES, binding, judged_at
from bank.service.settlement import Plan, UsedCode
from domain.errors import Conflict, TooMany
from domain.money import Money
from edge import codes
from edge.idempotency import find, lock_key
from edge.sealing import Sealer


@dataclass(frozen=True, slots=True)
class CodeRules:
    """How long a code lives and how long to wait before the next, how many may be wrong and sent, and the secrets."""

    ttl: timedelta
    pause: timedelta
    limits: CodeLimits
    sent: AccountLimit
    asked: AccountLimit
    pepper: bytes
    sealer: Sealer


@dataclass(frozen=True, slots=True)
class Subject:
    """What a code confirms: `binding` names all of it. Exactly one of the two keys is given.

    `renewable_at`: when codes can be asked for anew though `MAX_CODES` were sent; None: never.
    """

    binding: str
    operation_key: str | None = None
    access_key: str | None = None
    renewable_at: datetime | None = None

    @property
    def key(self) -> str:
        key = self.operation_key or self.access_key
        assert key is not None, "a subject is an operation or an access"
        return key


def of_operation(operation: OperationRow) -> Subject:
    """An operation as what its codes confirm: another amount, fee or payee is another subject to a code."""
    amount, fee = (Money(minor, operation.currency) for minor in (operation.amount_minor, operation.fee_minor))
    return Subject(binding(operation.key, amount, fee, operation.payee_account), operation_key=operation.key)


def code_rejected() -> Conflict:
    """One answer for a code that is wrong, late, used, unknown or tried too often."""
    return Conflict("code_rejected", "The code was not accepted.", "code")


def send_code(facts: Facts, rules: CodeRules) -> Plan:
    """The operation's next code, on its way to the payer; it kills the one before.

    Raises `NotFound` `unknown_operation`, `Conflict` `operation_ended` unless it is just created, `TooMany`
    `too_many_codes_sent`; and as `next_code`.
    """
    operation = facts.known_operation()
    if operation.status != "created":
        raise operation_ended()
    subject = of_operation(operation)
    number = _next_number(rules, subject, facts.last_code, facts.now)
    if facts.wait_s is not None:
        raise too_many_codes_sent(facts.wait_s)
    secret = codes.new_code()
    code = _made(rules, subject, number, secret, facts.now)
    assert facts.code_id is not None, "the id of the next code is wanted"
    code.id = facts.code_id
    return Plan(
        operation,
        kills_codes=number > 1,
        last_code=number - 1,
        new_code=code,
        sealed=rules.sealer.seal(secret, seal_context(code.id)),
        turn=rules.sent.turn(operation.payer_account, facts.caller),
    )


def redeemed(facts: Facts, rules: CodeRules, typed: str, submitted_at: datetime) -> UsedCode:
    """The code of the operation, used up by the try that this request counted.

    `typed` is normalised. Expiry is judged by `submitted_at` where it can be believed. Raises `code_rejected`.
    """
    tried = facts.tried
    if tried is None:
        raise code_rejected()
    subject = of_operation(facts.known_operation())
    moment = _judged(rules, subject, tried.code, typed, submitted_at, facts.now)
    return UsedCode(tried.code.id, tried.number, moment)


async def next_code(
    session: AsyncSession, rules: CodeRules, subject: Subject, account: str, *, reaches_owner: bool = True
) -> Code:
    """Makes the subject's next code and has it brought to the owner of `account`; kills the code before it.

    The subject is locked. Unless it `reaches_owner` there is nobody to bring the code to: it is made all the same.
    Raises `TooMany` `code_too_soon`, `too_many_codes_sent`, and `Conflict` `too_many_codes` when there will be no more.
    """
    newest_first = select(Code).where(Code.subject == subject.key).order_by(Code.number.desc())
    last = await session.scalar(newest_first.limit(1))
    now = await session.scalar(select(func.clock_timestamp()))
    assert now is not None
    number = _next_number(rules, subject, last, now)
    if (wait_s := await take_turn(session, rules.asked, account, "")) is not None:
        raise too_many_codes_sent(wait_s)
    if number > 1:
        await kill_codes(session, subject.key)
    secret = codes.new_code()
    code = _made(rules, subject, number, secret, now)
    session.add(code)
    await session.flush()
    if reaches_owner:
        session.add(CodeMessage(code_id=code.id, sealed=rules.sealer.seal(secret, seal_context(code.id))))
        await session.flush()
    return code


async def kill_codes(session: AsyncSession, subject_key: str) -> None:
    """No code of the operation or access can be redeemed any more."""
    live = (Code.subject == subject_key, Code.used_at.is_(None), Code.killed_at.is_(None))
    await session.execute(update(Code).where(*live).values(killed_at=func.clock_timestamp()))


async def count_try(
    session: AsyncSession,
    rules: CodeRules,
    caller: str,
    key: str,
    fingerprint: bytes,
    awaiting: Select[str],
) -> None:
    """Counts a try against the live code of the subject `awaiting` one, in a transaction of its own that is committed
    before anything is compared.

    Of any number of parallel tries exactly `MAX_TRIES` are counted per code. A request that was answered, or counted
    before a crash, is not counted again. Each counts as wrong against the limits until it has proved right. Raises as
    `edge.idempotency.find`, and `TooMany` `too_many_wrong_codes`: then nothing is counted, and the same request may
    come again later.
    """
    await lock_key(session, caller, key)
    if await find(session, ANSWERS, caller, key, fingerprint) is not None:
        return
    subject = await session.scalar(awaiting)
    counting = func.count_try(caller, key, subject, cast(rules.limits.as_json(), JSONB))
    wait_s: int | None = await session.scalar(select(counting))
    if wait_s is not None:
        raise too_many_wrong_codes(wait_s)


async def redeem(
    session: AsyncSession,
    rules: CodeRules,
    caller: str,
    key: str,
    subject: Subject,
    typed: str,
    submitted_at: datetime,
) -> None:
    """Uses up the code that this request's counted try was against. The subject is locked.

    `typed` is normalised. Expiry is judged by `submitted_at` where it can be believed. Raises `code_rejected`.
    """
    live = (Code.subject == subject.key, Code.used_at.is_(None), Code.killed_at.is_(None))
    statement = (
        select(Code, CodeTry.number, func.clock_timestamp())
        .join(CodeTry, CodeTry.code_id == Code.id)
        .where(CodeTry.caller == caller, CodeTry.key == key, *live)
        .with_for_update(of=Code, key_share=True)
    )
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        raise code_rejected()
    code, number, now = found
    moment = _judged(rules, subject, code, typed, submitted_at, now)
    await session.execute(
        update(Code)
        .where(Code.id == code.id)
        .values(used_at=func.clock_timestamp(), judged_at=moment, used_try=number),
        execution_options={"synchronize_session": False},
    )


def seal_context(code_id: int) -> str:
    return f"bank-code/{code_id}"


def _next_number(rules: CodeRules, subject: Subject, last: Code | None, now: datetime) -> int:
    if last is None:
        return 1
    wait = last.created_at + rules.pause - now
    if last.number >= MAX_CODES:
        if subject.renewable_at is None:
            raise Conflict("too_many_codes", f"An operation gets at most {MAX_CODES} codes.")
        wait = max(wait, subject.renewable_at - now)
    if wait > timedelta(0):
        raise TooMany("code_too_soon", "The last code was sent a moment ago.", math.ceil(wait.total_seconds()))
    return last.number + 1


def _made(rules: CodeRules, subject: Subject, number: int, secret: str, now: datetime) -> Code:
    return Code(
        operation_key=subject.operation_key,
        access_key=subject.access_key,
        number=number,
        digest=codes.digest(secret, subject.binding, rules.pepper),
        created_at=now,
        expires_at=now + rules.ttl,
    )


def _judged(
    rules: CodeRules, subject: Subject, code: Code, typed: str, submitted_at: datetime, now: datetime
) -> datetime:
    """The moment by which the life of the code is judged; raises `code_rejected` when it is over or the code wrong."""
    moment = judged_at(submitted_at, code.created_at, now)
    right = hmac.compare_digest(code.digest, codes.digest(typed, subject.binding, rules.pepper))
    if not right or moment > code.expires_at:
        raise code_rejected()
    return moment
