"""Refund calls: by the keys of debits or by their reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

from pydantic import TypeAdapter

from bank.calls import Call, Operation, read_operation, with_money
from bank.errors import Contradiction
from domain.money import Money

MAX_OPERATIONS: Final = 100  # the bank's limit per call

FeePolicy = Literal["returned", "kept"]


@dataclass(frozen=True, slots=True)
class Part:
    """Source of a part of a refund: `credit` is the key of the reversed credit; None: not paid out yet."""

    origin: str
    credit: str | None
    amount: Money


@dataclass(frozen=True, slots=True)
class Refund:
    """What was refunded of the debit `source`: `amount` of principal, plus `fee`.

    `operation` is the refund, or the debit itself, now void, if its money was still held. The four `from_` amounts add
    up to `amount`, `parts` to what was not held. The payee owes what came from the guarantee account.
    """

    source: str
    operation: Operation
    amount: Money
    fee: Money
    from_hold: Money
    from_uncredited: Money
    from_payee: Money
    from_guarantee: Money
    parts: Sequence[Part] = ()


@dataclass(frozen=True, slots=True)
class _Asked:
    operation_keys: Sequence[str]
    reference: str | None
    amount: Money | None
    shares: Mapping[str, Money]
    payee_account: str | None
    fee: FeePolicy


def refund(
    key: str,
    operation_keys: Sequence[str] = (),
    *,
    reference: str | None = None,
    amount: Money | None = None,
    shares: Mapping[str, Money] | None = None,
    payee_account: str | None = None,
    fee: FeePolicy,
) -> Call[list[Refund]]:
    """Refunds what is left of the debits `operation_keys`, or of all with `reference`; all of them or none.

    `amount`, if given, is taken from the operations in their order, each completely before the next. `fee` is the
    policy for what was captured; the fee of a hold always goes back with it. `shares` are keys of credits out of the
    one debit, each with the part of the amount to claw back from it; the rest comes from the others. `payee_account`
    receives it when the payer's own account is closed. Raises ValueError unless there are either 1 to 100 keys, each
    once, or a reference; with credits just one key, and an amount.
    """
    if bool(operation_keys) == (reference is not None) or len(operation_keys) > MAX_OPERATIONS:
        raise ValueError(f"1 to {MAX_OPERATIONS} operation keys or a reference")
    if len(set(operation_keys)) < len(operation_keys):
        raise ValueError("each operation is named once")
    if shares and (len(operation_keys) != 1 or amount is None):
        raise ValueError("credits are named with their one debit, as shares of an amount")
    body: dict[str, object] = {"fee": fee}
    if operation_keys:
        body["operation_keys"] = list(operation_keys)
    if reference is not None:
        body["reference"] = reference
    if amount is not None:
        body |= {"amount": amount.amount, "currency": amount.currency}
    if shares:
        body["credits"] = [{"operation_key": key, "amount": share.amount} for key, share in shares.items()]
    if payee_account is not None:
        body["payee_account"] = payee_account
    asked = _Asked(tuple(operation_keys), reference, amount, shares or {}, payee_account, fee)
    return Call(key, "/refunds", body, partial(_refunds_as_asked, asked))


def _refunds_as_asked(asked: _Asked, answer: Mapping[str, Any]) -> list[Refund]:
    refunds = [_read_refund(item) for item in answer["items"]]
    for one in refunds:
        _check(asked, one)
    _check_all(asked, refunds)
    return refunds


def _check_all(asked: _Asked, refunds: Sequence[Refund]) -> None:
    sources = [one.source for one in refunds]
    if not sources or len(set(sources)) < len(sources):
        raise Contradiction("source")
    if asked.operation_keys:
        # Without an amount all of them, else the first ones, in the requested order.
        wanted = list(asked.operation_keys)
        if (sources != wanted) if asked.amount is None else any(key not in wanted for key in sources):
            raise Contradiction("source")
    if asked.amount is not None:
        if any(one.amount.currency != asked.amount.currency for one in refunds):
            raise Contradiction("currency")
        if sum(one.amount.minor for one in refunds) != asked.amount.minor:
            raise Contradiction("amount")


def _check(asked: _Asked, one: Refund) -> None:
    if asked.reference is not None and one.operation.reference != asked.reference:
        raise Contradiction("reference")
    parts = (one.from_hold, one.from_uncredited, one.from_payee, one.from_guarantee)
    if sum(part.minor for part in parts) != one.amount.minor or one.operation.amount != one.amount:
        raise Contradiction("amount")
    if sum(part.amount.minor for part in one.parts) != one.amount.minor - one.from_hold.minor:
        raise Contradiction("parts")
    operation = one.operation
    if one.from_hold.minor:
        if (operation.key, operation.kind, operation.status) != (one.source, "debit", "void"):
            raise Contradiction("operation")
    elif (operation.source, operation.kind, operation.status) != (one.source, "refund", "success"):
        raise Contradiction("operation")
    elif asked.fee == "kept" and one.fee.minor:
        raise Contradiction("fee")
    for credit, share in asked.shares.items():
        if sum(part.amount.minor for part in one.parts if part.credit == credit) < share.minor:
            raise Contradiction("credits")
    if asked.payee_account is not None and operation.payee_account != asked.payee_account:
        raise Contradiction("payee_account")
    if operation.fee != one.fee:
        raise Contradiction("fee")


_REFUND: Final = TypeAdapter(Refund)


def _read_refund(item: Mapping[str, Any]) -> Refund:
    """Raises `ValueError`, `KeyError`, `TypeError` or `Malformed` for another shape."""
    operation, currency = read_operation(item["operation"]), item["currency"]
    if currency != operation.amount.currency:
        raise ValueError("another currency than the operation's")
    fees = ("fee", "from_hold", "from_uncredited", "from_payee", "from_guarantee")
    parts = [with_money({**part, "currency": currency}, amounts=("amount",)) for part in item["parts"]]
    read = with_money(item, amounts=("amount",), fees=fees) | {"operation": operation, "parts": parts}
    return _REFUND.validate_python(read)
