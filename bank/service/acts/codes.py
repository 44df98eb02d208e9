"""Confirmation codes of operations and of account accesses: issuing and redeeming.

Both decide by the codes that were read (`CodeFacts`); the plan of the write stores the decision. Tries are counted
before (`code_limits.py`).
"""

from __future__ import annotations

import hmac
import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.acts.code_limits import CodeLimits, too_many_codes_sent
from bank.service.facts import Facts
from bank.service.models import Code
from bank.service.plan import Plan
from bank.service.refusals import operation_ended
from bank.service.rules.codes import binding, judged_at
from bank.service.values import CodeFacts, NewCode, Operation, Turn, UsedCode
from domain.codes import MAX_CODES
from domain.errors import Conflict, TooMany
from domain.money import Money
from edge import codes
from edge.sealing import Sealer


@dataclass(frozen=True, slots=True)
class CodeRules:
    """Lifetime of a code, pause before the next, limits on wrong and sent codes, and the secrets."""

    ttl: timedelta
    pause: timedelta
    limits: CodeLimits
    sent: Turn
    asked: Turn
    pepper: bytes
    sealer: Sealer


@dataclass(frozen=True, slots=True)
class Subject:
    """What a code confirms: `binding` names all of it. Exactly one of the two keys is given.

    `renewable_at`: when codes can be requested again after `MAX_CODES` were sent; None: never.
    """

    binding: str
    operation_key: str | None = None
    access_key: str | None = None
    renewable_at: datetime | None = None


def of_operation(operation: Operation) -> Subject:
    """An operation as the subject of its codes: another amount, fee or payee is another subject."""
    amount, fee = (Money(minor, operation.currency) for minor in (operation.amount_minor, operation.fee_minor))
    return Subject(binding(operation.key, amount, fee, operation.payee_account), operation_key=operation.key)


def code_rejected() -> Conflict:
    """One answer for a code that is wrong, expired, used, unknown or tried too often."""
    return Conflict("code_rejected", "The code was not accepted.", "code")


def send_code(facts: Facts, rules: CodeRules) -> Plan:
    """The operation's next code, on its way to the payer; it replaces the previous one.

    Raises `NotFound` `unknown_operation`, `Conflict` `operation_ended` unless it was only created, `TooMany`
    `too_many_codes_sent`; and as `issue`.
    """
    operation = facts.known_operation()
    if operation.status != "created":
        raise operation_ended()
    code = issue(rules, of_operation(operation), facts.known_codes())
    if facts.wait_s is not None:
        raise too_many_codes_sent(facts.wait_s)
    turn = replace(rules.sent, account=operation.payer_account)
    return Plan(kills_codes_of=operation.key, new_code=code, turn=turn)


def issue(rules: CodeRules, subject: Subject, known: CodeFacts, *, reaches_owner: bool = True) -> NewCode:
    """The subject's next code. Without `reaches_owner` no message is sent, but the code is made all the same.

    Raises `TooMany` `code_too_soon`, and `Conflict` `too_many_codes` when there will be no more.
    """
    number = _next_number(rules, subject, known)
    assert known.next_id is not None, "the id of the next code was asked for"
    secret = codes.new_code()
    return NewCode(
        id=known.next_id,
        operation_key=subject.operation_key,
        access_key=subject.access_key,
        number=number,
        digest=codes.digest(secret, subject.binding, rules.pepper),
        created_at=known.now,
        expires_at=known.now + rules.ttl,
        sealed=rules.sealer.seal(secret, seal_context(known.next_id)) if reaches_owner else None,
    )


def redeem(rules: CodeRules, subject: Subject, known: CodeFacts, typed: str, submitted_at: datetime) -> UsedCode:
    """The subject's live code, used up by the try that this request counted.

    `typed` is normalised. Expiry is judged by `submitted_at` if that is credible. Raises `code_rejected`.
    """
    tried = known.tried
    if tried is None:
        raise code_rejected()
    moment = judged_at(submitted_at, tried.created_at, known.now)
    right = hmac.compare_digest(tried.digest, codes.digest(typed, subject.binding, rules.pepper))
    if not right or moment > tried.expires_at:
        raise code_rejected()
    return UsedCode(tried.id, tried.number, known.now, moment)


async def kill_codes(session: AsyncSession, subject_key: str) -> None:
    """No code of the operation or access can be redeemed any more."""
    live = (Code.subject == subject_key, Code.used_at.is_(None), Code.killed_at.is_(None))
    await session.execute(update(Code).where(*live).values(killed_at=func.clock_timestamp()))


def seal_context(code_id: int) -> str:
    return f"bank-code/{code_id}"


def _next_number(rules: CodeRules, subject: Subject, known: CodeFacts) -> int:
    last, now = known.last, known.now
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
