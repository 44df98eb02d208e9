"""What a step of a payment writes, if all is still as it was read (`acts/steps.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from bank.service.facts import Facts, KnownAccount
from bank.service.models import Code, OperationRow
from bank.service.refusals import ledger_refusals
from domain.errors import Refusal
from edge.idempotency import problem_body
from edge.wire import utc
from ledger import Command, rows_of

_MADE: Final = (
    *("key", "caller", "kind", "status", "amount_minor", "fee_minor", "currency", "payer_account", "payee_account"),
    *("reference", "source", "created_at", "captured_at"),
)
_RETURNED: Final = (
    *("key", "status", "voided_at", "refunded_minor", "fee_refunded_minor", "uncredited_refunded_minor"),
)
_CODE: Final = ("id", "operation_key", "number", "created_at", "expires_at")


@dataclass(slots=True)
class UsedCode:
    """A code that a try has used up; its life was judged at `judged_at`."""

    id: int
    number: int
    judged_at: datetime


@dataclass(slots=True)
class Plan:
    """The effects of a step: all of them or, when something was changed meanwhile or the ledger refuses, none.

    `changes`: columns of the operation that was read; `operation` is how it then is. `made`: a new operation. `legs`:
    for the ledger. Must still be as they were read: the operation always, `accounts`, what `debtor` owes, `last_code`.

    `turn`: one of an account's (`AccountLimit.turn`) is taken; there has to be one.

    Of a refund: `refunds` are the new rows, `returned` the debits and credits as they then are, `parts` the rows by
    column; the debits must be as they were read, for a refusal too, and so must `available`, minor units by ledger
    account. `retried`: when the ledger refuses, the step is decided anew, since somebody has spent what he had when it
    was read.
    """

    operation: OperationRow | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    made: OperationRow | None = None
    legs: Sequence[Command] = ()
    accounts: Sequence[KnownAccount] = ()
    debtor: KnownAccount | None = None
    used_code: UsedCode | None = None
    kills_codes: bool = False
    last_code: int | None = None
    new_code: Code | None = None
    sealed: bytes = b""
    refunds: list[OperationRow] = field(default_factory=list)
    returned: Sequence[OperationRow] = ()
    parts: list[Mapping[str, Any]] = field(default_factory=list)
    available: Mapping[int, int] | None = None
    retried: bool = False
    turn: Mapping[str, Any] | None = None

    def as_json(self, facts: Facts) -> dict[str, Any]:
        """For the database; `facts` are what was read."""
        plan: dict[str, Any] = {}
        if facts.raw_operation is not None:
            plan["operation"] = facts.raw_operation
        if self.changes:
            plan["changes"] = _plain(self.changes)
        if self.made is not None:
            plan["made"] = _plain({name: getattr(self.made, name) for name in _MADE})
        if self.legs:
            plan["legs"] = rows_of(self.legs)
            refusals = {reason: _refused(refusal) for reason, refusal in ledger_refusals().items()}
            plan |= {"again": list(refusals)} if self.retried else {"refusals": refusals}
        if self.accounts:
            plan["accounts"] = {known.account.number: known.raw for known in self.accounts}
        if self.debtor is not None and self.debtor.debt_minor is not None:
            plan["debts"] = {self.debtor.account.debt_ledger_id: self.debtor.debt_minor}
        if self.turn is not None:
            plan["turn"] = dict(self.turn)
        return plan | self._of_codes() | self._of_refunds(facts)

    def _of_codes(self) -> dict[str, Any]:
        plan: dict[str, Any] = {}
        if self.used_code is not None:
            used = self.used_code
            plan["code"] = used.id
            plan["used_code"] = {"id": used.id, "try": used.number, "judged_at": utc(used.judged_at)}
        if self.kills_codes and self.operation is not None:
            plan["kill_codes"] = self.operation.key
        if self.last_code is not None:
            plan["last_code"] = self.last_code
        if self.new_code is not None:
            made = _plain({name: getattr(self.new_code, name) for name in _CODE})
            plan["new_code"] = made | {"digest": f"\\x{self.new_code.digest.hex()}"}
            plan["sealed"] = self.sealed.hex()
        return plan

    def _of_refunds(self, facts: Facts) -> dict[str, Any]:
        plan: dict[str, Any] = {}
        if facts.refund is not None and facts.refund["sources"]:
            plan["operations"] = {row["key"]: row for row in facts.refund["sources"]}
        if self.returned:
            plan["returned"] = [_plain({name: getattr(row, name) for name in _RETURNED}) for row in self.returned]
        if self.refunds:
            plan["refunds"] = [_plain({name: getattr(row, name) for name in _MADE}) for row in self.refunds]
            plan["parts"] = self.parts
        if self.available is not None:
            plan["available"] = dict(self.available)
        return plan


@dataclass(frozen=True, slots=True)
class Decided:
    """What is to be done and what to be answered then: HTTP status and body."""

    plan: Plan
    status: int
    body: Mapping[str, Any]


def refusal_decided(refusal: Refusal) -> Decided:
    """Nothing is done, and that is the answer to the key."""
    return Decided(Plan(), refusal.status, problem_body(refusal))


def _refused(refusal: Refusal) -> dict[str, Any]:
    return {"status": refusal.status, "body": problem_body(refusal)}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: utc(value) if isinstance(value, datetime) else value for name, value in values.items()}
