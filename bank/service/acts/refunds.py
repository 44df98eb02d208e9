"""Refunds of debits, by keys or by reference, all of one call or none.

A captured debit goes back at once: first what was never paid out, then from the payees of its credits, then from the
operator's guarantee account, which the payee owes from then on. What is still held is voided, in whole only.
Each is decided by what was read (`Desk`) and answers what is to be written (`Plan`); `steps.py` does both.
Locks: operations by id, accounts by number, ledger by id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bank.service.acts.operations import voids
from bank.service.acts.refund_desk import Desk, desk_of
from bank.service.facts import Facts
from bank.service.models import OperationRow
from bank.service.refusals import account_closed, operation_ended, unknown_operation
from bank.service.rules.accounts import bank_named_in
from bank.service.rules.operations import new_operation_key
from bank.service.rules.refunds import MAX_OPERATIONS, Part, fee_share, spread
from bank.service.settlement import Plan
from domain.errors import Conflict
from domain.money import Money
from ledger import Command


@dataclass(frozen=True, slots=True)
class Refunded:
    """What became of the debit `source`: `operation` is its refund, or the debit itself when a hold was voided.

    Principal and fee that went back, minor units; `parts` say where the principal came from, none for a hold.
    """

    source: OperationRow
    operation: OperationRow
    amount_minor: int
    fee_minor: int
    parts: Sequence[Part]


Refunding = tuple[list[Refunded], Plan]


def by_keys(keys: Sequence[str], credit: str | None) -> dict[str, Any]:
    """What is wanted to know for `refund_operations`."""
    return {"keys": list(keys), "credit": credit}


def by_reference(reference: str) -> dict[str, Any]:
    """What is wanted to know for `refund_reference`."""
    return {"reference": reference, "most": MAX_OPERATIONS + 1}


def refund_operations(
    facts: Facts, keys: Sequence[str], amount: Money | None, *, fee_returned: bool, credit: str | None = None
) -> Refunding:
    """Refunds the caller's debits `keys`: everything that is left of each, or `amount`, the first ones first.

    With `credit` all of it is taken back from that one credit of the one debit named: who passes a commission on
    says what of the refund was the commission's.
    Raises `NotFound` `unknown_operation` and `Conflict`: `not_refundable` (a credit or a refund), `not_held`,
    `operation_ended`, `currency_mismatch`, `exceeds_refundable`, `operation_held`, `guarantee_exhausted`,
    `account_closed` (the payer's). Raises `MissingDebt`.
    """
    desk = desk_of(facts)
    if desk.sources.keys() != set(keys):
        raise unknown_operation()
    sources = [desk.sources[key] for key in keys]
    for source in sources:
        _check_refundable(source)
    only = None if credit is None else _credit_of(desk, sources[0])
    return _refund(desk, sources, amount, fee_returned=fee_returned, only=only)


def refund_reference(facts: Facts, amount: Money | None, *, fee_returned: bool) -> Refunding:
    """As `refund_operations`, of the caller's debits with the reference that hold or took money, oldest first.

    Those of which nothing is left are passed over. Raises `Conflict` `too_many_operations` too.
    """
    desk = desk_of(facts)
    sources = list(desk.sources.values())
    if len(sources) > MAX_OPERATIONS:
        raise Conflict("too_many_operations", f"More than {MAX_OPERATIONS} at once: name their keys.", "reference")
    if sources:
        return _refund(desk, sources, amount, fee_returned=fee_returned)
    if not desk.known:
        raise unknown_operation()
    raise _exceeds_refundable()


def _credit_of(desk: Desk, source: OperationRow) -> OperationRow:
    found = desk.named
    if found is None:
        raise unknown_operation()
    if found.kind != "credit" or found.source != source.key:
        raise Conflict("not_refundable", f"{found.key} is no credit out of {source.key}.", "credit")
    return found


def _check_refundable(source: OperationRow) -> None:
    if source.kind != "debit":
        raise Conflict("not_refundable", f"{source.key} is a {source.kind}: only debits are refunded.")
    if source.status in ("created", "confirmed"):
        raise Conflict("not_held", f"Nothing was taken by {source.key}.")
    if source.status == "void":
        raise operation_ended()


def _exceeds_refundable() -> Conflict:
    return Conflict("exceeds_refundable", "Refunds would exceed what was taken.", "amount")


def _refund(
    desk: Desk,
    sources: Sequence[OperationRow],
    amount: Money | None,
    *,
    fee_returned: bool,
    only: OperationRow | None = None,
) -> Refunding:
    if amount is not None and any(source.currency != amount.currency for source in sources):
        raise Conflict("currency_mismatch", "Amount and operations must have one currency.", "currency")
    lefts = [source.amount_minor - source.refunded_minor for source in sources]
    if only is not None:
        lefts = [only.amount_minor - only.refunded_minor]
    takes = spread(lefts, None if amount is None else amount.minor)
    if takes is None:
        raise _exceeds_refundable()
    wanted = [(source, take) for source, take in zip(sources, takes, strict=True) if take]
    if any(source.status == "pause" and take < source.amount_minor for source, take in wanted):
        raise Conflict("operation_held", "What is still held goes back in whole, not in part.", "amount")
    if any(desk.account(source.payer_account).closed_at for source, _ in wanted):
        raise account_closed("payer_account")
    commands: list[Command] = []
    refunded: list[Refunded] = []
    for source, take in wanted:
        if source.status == "pause":
            commands += voids(source)
            refunded.append(Refunded(source, source, take, source.fee_minor, []))
        else:
            refund, legs = _refund_captured(desk, source, take, fee_returned=fee_returned, only=only)
            commands += legs
            refunded.append(refund)
    return refunded, _planned(desk, refunded, commands)


def _refund_captured(
    desk: Desk, source: OperationRow, take: int, *, fee_returned: bool, only: OperationRow | None
) -> tuple[Refunded, list[Command]]:
    fee = fee_share(source.fee_minor, source.amount_minor, source.refunded_minor, take) if fee_returned else 0
    key = new_operation_key(bank_named_in(source.payer_account))
    parts = desk.draw(source, take, only)
    operation = OperationRow(
        key=key,
        caller=source.caller,
        kind="refund",
        status="success",
        amount_minor=take,
        fee_minor=fee,
        currency=source.currency,
        payer_account=source.payee_account,
        payee_account=source.payer_account,
        reference=source.reference,
        source=source.key,
        refunded_minor=0,
        fee_refunded_minor=0,
        created_at=desk.facts.now,
        captured_at=desk.facts.now,
    )
    return Refunded(source, operation, take, fee, parts), desk.legs(source, key, parts, fee)


def _planned(desk: Desk, refunded: Sequence[Refunded], commands: Sequence[Command]) -> Plan:
    """The rows as they will be. Who locks a debit is alone with its credits: those need no look of their own."""
    plan = Plan(legs=commands, retried=True)
    returned: dict[str, OperationRow] = {}
    for refund in refunded:
        source, operation = refund.source, refund.operation
        returned[source.key] = source
        if operation is source:
            source.status, source.voided_at = "void", desk.facts.now
            continue
        plan.refunds.append(operation)
        source.refunded_minor += refund.amount_minor
        source.fee_refunded_minor += refund.fee_minor
        for number, part in enumerate(refund.parts, start=1):
            if part.credit is None:
                source.uncredited_refunded_minor += part.amount_minor
            else:
                credit = desk.credit(part.credit)
                credit.refunded_minor += part.amount_minor
                returned[credit.key] = credit
            plan.parts.append({"refund_key": operation.key, "number": number, **part.as_json()})
    plan.returned = list(returned.values())
    plan.accounts = list(desk.facts.accounts.values())
    if any(part.origin == "guarantee" for refund in refunded for part in refund.parts):
        plan.available = desk.seen()
    return plan
