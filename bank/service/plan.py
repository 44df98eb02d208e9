"""What a write does, and how that and its answer are stored in one statement."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.refusals import LedgerMismatch, ledger_refusals
from bank.service.values import NewCode, NewPayout, Operation, RefundPart, Turn, UsedCode
from domain.errors import Refusal
from edge.idempotency import problem_body
from ledger import Command, RefusalReason, rows_of

_SETTLE: Final = "SELECT settle($1, $2, $3, $4, $5, $6::text::jsonb, $7::text::jsonb, $8::text::jsonb)"


@dataclass(frozen=True, slots=True)
class Plan:
    """The effects of a write: all of them or, when the ledger refuses `legs`, none.

    `operations` in their new state, new ones too. `kills_codes_of`: codes of this operation or access become invalid.
    `turn`: a place of this limit is taken.
    """

    operations: Sequence[Operation] = ()
    parts: Sequence[RefundPart] = ()
    payouts: Sequence[NewPayout] = ()
    legs: Sequence[Command] = ()
    kills_codes_of: str | None = None
    used_code: UsedCode | None = None
    new_code: NewCode | None = None
    turn: Turn | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What is answered, HTTP status and body, and what is done in the same transaction."""

    status: int
    body: Mapping[str, Any]
    plan: Plan = field(default_factory=Plan)


_PLAN: Final = TypeAdapter(Plan)


def refused(refusal: Refusal, plan: Plan | None = None) -> Result:
    """The refusal is the answer to the key; nothing else is done, or what `plan` says."""
    return Result(refusal.status, problem_body(refusal), plan or Plan())


async def settle(
    session: AsyncSession, caller: str, key: str, fingerprint: bytes, number: int | None, result: Result
) -> Result:
    """Carries it out and stores the answer, and returns it: `result`, or the refusal of the ledger instead.

    Closes the request with this `number` in the journal, if there is one. The key is taken (`facts.look`).
    """
    reason = await _settle(session, caller, key, fingerprint, number, result)
    if reason is None:
        return result
    refusal = ledger_refusals().get(RefusalReason(reason))
    if refusal is None:
        raise LedgerMismatch(f"{key}: {reason}")
    answered = refused(refusal)
    await _settle(session, caller, key, fingerprint, number, answered)
    return answered


async def _settle(
    session: AsyncSession, caller: str, key: str, fingerprint: bytes, number: int | None, result: Result
) -> str | None:
    """Why the ledger refuses; None when everything is done."""
    legs = json.dumps(rows_of(result.plan.legs))
    plan = _PLAN.dump_json(result.plan, exclude={"legs"}, exclude_none=True).decode()
    values = (caller, key, fingerprint, number, result.status, json.dumps(dict(result.body)), legs, plan)
    reason: str | None = (await (await session.connection()).exec_driver_sql(_SETTLE, values)).scalar_one()
    return reason
