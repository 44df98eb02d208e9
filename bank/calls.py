"""Calls to the bank as data: the same call object is the identical request each time it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Final, Generic, Literal, TypeVar
from urllib.parse import quote

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, TypeAdapter

from bank.errors import Contradiction
from domain.money import Money, parse_money

T = TypeVar("T")

# A time as banks write it, with an offset, in UTC.
Moment = Annotated[
    AwareDatetime, BeforeValidator(datetime.fromisoformat), AfterValidator(lambda moment: moment.astimezone(UTC))
]

Kind = Literal["debit", "credit", "refund"]
Status = Literal["created", "confirmed", "pause", "success", "void"]


@dataclass(frozen=True, slots=True)
class Operation:
    """The bank's record of one money movement; `fee` is paid by the payer on top of `amount`.

    Times are the bank's, UTC. `pause` means that the money is held, `confirmed` that the code was redeemed and nothing
    is held yet. A credit or refund names in `source` the debit that it is paid from or refunds. `refunded` is the
    amount refunded of a debit, or clawed back from a credit; None from a bank that does not say.
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
    created_at: Moment
    held_at: Moment | None
    captured_at: Moment | None
    voided_at: Moment | None
    confirmed_at: Moment | None = None
    refunded: Money | None = None
    fee_refunded: Money | None = None


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment in one call: the captured debit, whose key names the payment, and the credit of the payee."""

    debit: Operation
    credit: Operation


@dataclass(frozen=True, slots=True)
class CodeSent:
    """The operation's `number`-th code (1, 2, 3) is on its way by mail; expires at `expires_at` (bank's clock)."""

    number: Annotated[int, Field(ge=1, strict=True)]
    expires_at: Moment


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One POST: `key` is its Idempotency-Key, `read` turns the answer's JSON into `T`.

    `read` raises `Contradiction` when the answer differs from the request, and `ValueError`, `KeyError`, `TypeError` or
    a `Refusal` for another shape. `body` may hold a code and is never shown.
    """

    key: str
    path: str
    body: Mapping[str, object] = field(repr=False)
    read: Callable[[Mapping[str, Any]], T] = field(repr=False, compare=False)


def open_operation(
    key: str, payer_account: str, payee_account: str, amount: Money, expected_fee: Money, reference: str
) -> Call[Operation]:
    """Opens a debit of `amount` plus the fee; refused with `fee_changed` if the fee is not `expected_fee`."""
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
    """Has the bank mail a code to the owner of the payer's account. It replaces the previous code."""
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
    """Captures what is held. After it the operation cannot be voided."""
    return _step(key, operation_key, "capture", "success", {}, amount)


def void(key: str, operation_key: str, *, amount: Money | None = None) -> Call[Operation]:
    """Ends an operation that is not captured: frees what is held, invalidates its codes, refuses a later debit."""
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


_OPERATION: Final = TypeAdapter(Operation)
_CODE_SENT: Final = TypeAdapter(CodeSent)


def read_operation(answer: Mapping[str, Any]) -> Operation:
    """An `Operation` from its JSON. Raises `ValueError`, `KeyError`, `TypeError` or `Malformed` for another shape."""
    fees = ("fee", "refunded", "fee_refunded")
    return _OPERATION.validate_python(with_money(answer, amounts=("amount",), fees=fees))


def read_code_sent(answer: Mapping[str, Any]) -> CodeSent:
    return _CODE_SENT.validate_python(answer)


def with_money(answer: Mapping[str, Any], *, amounts: Sequence[str] = (), fees: Sequence[str] = ()) -> dict[str, Any]:
    """The answer with these fields as money of its currency; `fees` may be zero, and null in an older bank's answer."""
    currency = answer["currency"]
    money = {name: parse_money(answer[name], currency) for name in amounts}
    return {
        **answer,
        **money,
        **{name: read_fee(answer[name], currency) for name in fees if answer.get(name) is not None},
    }


def read_fee(amount: object, currency: str) -> Money:
    """Like `parse_money`, but allows zero: most fees within a bank are."""
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


def _utc(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("submitted_at must be aware")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
