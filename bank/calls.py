"""Calls to the bank as data: the same call object is the identical request, however often it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Generic, Literal, TypeVar, cast, get_args
from urllib.parse import quote

from bank.errors import Contradiction
from domain.money import Money, parse_money

T = TypeVar("T")

Kind = Literal["debit", "credit", "refund"]
Status = Literal["created", "confirmed", "pause", "success", "void"]


@dataclass(frozen=True, slots=True)
class Operation:
    """The bank's record of one money movement; `fee` is paid by the payer on top of `amount`.

    Times are the bank's, UTC. `pause` means that the money is held, `confirmed` that the code was redeemed and
    nothing is held yet. A credit or refund names in `source` the debit operation that it is paid from or gives back.
    `refunded` is what went back of a debit, or was taken back of a credit; None from a bank that does not say.
    """

    key: str
    kind: Kind
    status: Status
    amount: Money
    fee: Money
    payer_account: str
    payee_account: str
    reference: str
    source: str | None
    created_at: datetime
    held_at: datetime | None
    captured_at: datetime | None
    voided_at: datetime | None
    confirmed_at: datetime | None = None
    refunded: Money | None = None
    fee_refunded: Money | None = None


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment in one call: the captured debit, whose key names the payment, and the credit of the payee."""

    debit: Operation
    credit: Operation


@dataclass(frozen=True, slots=True)
class CodeSent:
    """The operation's `number`-th code (1, 2, 3) is on its way by mail; dead after `expires_at` (the bank's clock)."""

    number: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One POST: `key` is its Idempotency-Key, `read` turns the answer's JSON into `T`.

    `read` raises `Contradiction` when the answer differs from the request, and `ValueError`, `KeyError`,
    `TypeError` or a `Refusal` when it has another shape. `body` may hold a code and is never shown.
    """

    key: str
    path: str
    body: Mapping[str, object] = field(repr=False)
    read: Callable[[Mapping[str, Any]], T] = field(repr=False, compare=False)


def open_operation(
    key: str, payer_account: str, payee_account: str, amount: Money, expected_fee: Money, reference: str
) -> Call[Operation]:
    """Opens a debit of `amount` plus the fee; refused with `fee_changed` when the fee is not `expected_fee`."""
    body = {
        "payer_account": payer_account,
        "payee_account": payee_account,
        "amount": amount.amount,
        "currency": amount.currency,
        "expected_fee": expected_fee.amount,
        "reference": reference,
    }
    expected: dict[str, object] = {
        "kind": "debit",
        "status": "created",
        "amount": amount,
        "fee": expected_fee,
        "payer_account": payer_account,
        "payee_account": payee_account,
        "reference": reference,
    }
    return Call(key, "/operations", body, partial(_operation_as_asked, expected))


def request_code(key: str, operation_key: str) -> Call[CodeSent]:
    """Has the bank mail a code to the owner of the payer's account. A new code kills the one before."""
    return Call(key, f"/operations/{quote(operation_key, safe='')}/codes", {}, read_code_sent)


def confirm(
    key: str, operation_key: str, code: str, submitted_at: datetime, *, amount: Money | None = None
) -> Call[Operation]:
    """Redeems `code`, submitted at `submitted_at` (aware), and holds nothing yet: `debit_confirmed` does."""
    body = {"code": code, "submitted_at": _utc(submitted_at)}
    return _step(key, operation_key, "confirmation", "confirmed", body, amount)


def debit_confirmed(key: str, operation_key: str, *, amount: Money | None = None) -> Call[Operation]:
    """Holds principal and fee of a confirmed operation."""
    return _step(key, operation_key, "debit", "pause", {}, amount)


def pay(
    key: str,
    operation_key: str,
    payer_account: str,
    payee_account: str,
    amount: Money,
    code: str,
    submitted_at: datetime,
) -> Call[Paid]:
    """Redeems `code`, debits `amount` and the fee, and credits the payee, in one transaction of the bank."""
    body = {
        "operation_key": operation_key,
        "payer_account": payer_account,
        "payee_account": payee_account,
        "amount": amount.amount,
        "currency": amount.currency,
        "code": code,
        "submitted_at": _utc(submitted_at),
    }
    expected: dict[str, object] = {
        "status": "success",
        "amount": amount,
        "payer_account": payer_account,
        "payee_account": payee_account,
    }
    return Call(key, "/pay", body, partial(_paid_as_asked, operation_key, expected))


def debit(
    key: str, operation_key: str, code: str, submitted_at: datetime, *, amount: Money | None = None
) -> Call[Operation]:
    """Redeems `code`, submitted at `submitted_at` (aware), and holds principal and fee, atomically.

    With `amount`, an answer with another principal is a contradiction; likewise in `capture` and `void`.
    """
    body = {"code": code, "submitted_at": _utc(submitted_at)}
    return _step(key, operation_key, "debit", "pause", body, amount)


def capture(key: str, operation_key: str, *, amount: Money | None = None) -> Call[Operation]:
    """Takes what is held, for good. After it the operation cannot be voided."""
    return _step(key, operation_key, "capture", "success", {}, amount)


def void(key: str, operation_key: str, *, amount: Money | None = None) -> Call[Operation]:
    """Ends an operation that is not captured: frees what is held, kills its codes, refuses a later debit."""
    return _step(key, operation_key, "void", "void", {}, amount)


def credit(key: str, payee_account: str, amount: Money, source: str, reference: str) -> Call[Operation]:
    """Pays `amount` out of the captured operation `source` (its key) to `payee_account`."""
    body = {
        "payee_account": payee_account,
        "amount": amount.amount,
        "currency": amount.currency,
        "source": source,
        "reference": reference,
    }
    expected: dict[str, object] = {
        "kind": "credit",
        "status": "success",
        "amount": amount,
        "payee_account": payee_account,
        "source": source,
        "reference": reference,
    }
    return Call(key, "/credits", body, partial(_operation_as_asked, expected))


def read_operation(answer: Mapping[str, Any]) -> Operation:
    """An `Operation` from its JSON; raises `ValueError`, `KeyError`, `TypeError` or `Malformed` on another shape."""
    currency = _text(answer["currency"])
    kind, status = answer["kind"], answer["status"]
    if kind not in get_args(Kind) or status not in get_args(Status):
        raise ValueError("unknown kind or status")
    refunded, fee_refunded = answer.get("refunded"), answer.get("fee_refunded")
    return Operation(
        key=_text(answer["key"]),
        kind=cast(Kind, kind),
        status=cast(Status, status),
        amount=parse_money(answer["amount"], currency),
        fee=read_fee(answer["fee"], currency),
        payer_account=_text(answer["payer_account"]),
        payee_account=_text(answer["payee_account"]),
        reference=_text(answer["reference"]),
        source=None if answer["source"] is None else _text(answer["source"]),
        created_at=_time(answer["created_at"]),
        held_at=_time_or_none(answer["held_at"]),
        captured_at=_time_or_none(answer["captured_at"]),
        voided_at=_time_or_none(answer["voided_at"]),
        # Answers recorded by an older bank lack these.
        confirmed_at=_time_or_none(answer.get("confirmed_at")),
        refunded=None if refunded is None else read_fee(refunded, currency),
        fee_refunded=None if fee_refunded is None else read_fee(fee_refunded, currency),
    )


def read_code_sent(answer: Mapping[str, Any]) -> CodeSent:
    number = answer["number"]
    if type(number) is not int or number < 1:
        raise ValueError("the code's number must be 1 or more")
    return CodeSent(number, _time(answer["expires_at"]))


def read_fee(amount: object, currency: str) -> Money:
    """Like `parse_money`, but zero is allowed: most fees within a bank are."""
    zero = Money(0, currency)
    return zero if amount == zero.amount else parse_money(amount, currency, "fee")


def _step(
    key: str, operation_key: str, step: str, status: Status, body: Mapping[str, object], amount: Money | None
) -> Call[Operation]:
    expected: dict[str, object] = {"key": operation_key, "kind": "debit", "status": status}
    if amount is not None:
        expected["amount"] = amount
    return Call(
        key, f"/operations/{quote(operation_key, safe='')}/{step}", body, partial(_operation_as_asked, expected)
    )


def _paid_as_asked(operation_key: str, expected: Mapping[str, object], answer: Mapping[str, Any]) -> Paid:
    if answer["operation_key"] != operation_key:
        raise Contradiction("operation_key")
    debited = {"key": operation_key, "kind": "debit", **expected}
    credited = {"kind": "credit", "source": operation_key, **expected}
    return Paid(_operation_as_asked(debited, answer["debit"]), _operation_as_asked(credited, answer["credit"]))


def _operation_as_asked(expected: Mapping[str, object], answer: Mapping[str, Any]) -> Operation:
    operation = read_operation(answer)
    for name, value in expected.items():
        if getattr(operation, name) != value:
            raise Contradiction(name)
    return operation


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a string is missing")
    return value


def _time(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return moment.astimezone(UTC)


def _time_or_none(value: object) -> datetime | None:
    return None if value is None else _time(value)


def _utc(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("submitted_at must be aware")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
