"""Typed values exchanged between the program and the functions of its database: JSON there, dataclasses here.

Fields are named as columns are. Amounts are minor units of their currency, times are UTC by the bank database's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer


def _bytes(value: object) -> object:
    return bytes.fromhex(value.removeprefix("\\x")) if isinstance(value, str) else value


# As PostgreSQL writes and reads `bytea` in JSON.
Bytea = Annotated[bytes, BeforeValidator(_bytes), PlainSerializer(lambda value: f"\\x{value.hex()}", return_type=str)]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as it was read, or as it will be; see `models.OperationRow`."""

    key: str
    caller: str
    kind: str
    status: str
    amount_minor: int
    fee_minor: int
    currency: str
    payer_account: str
    payee_account: str
    reference: str
    created_at: datetime
    source: str | None = None
    credited_minor: int = 0
    refunded_minor: int = 0
    fee_refunded_minor: int = 0
    uncredited_refunded_minor: int = 0
    confirmed_at: datetime | None = None
    held_at: datetime | None = None
    captured_at: datetime | None = None
    voided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewPayout:
    """A payout to make; see `models.Payout`."""

    key: str
    caller: str
    request_key: str
    amount_minor: int
    fee_minor: int
    currency: str
    payer_account: str
    payee_account: str
    reference: str
    created_at: datetime
    returned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RefundPart:
    """Where a part of a refund comes from; see `models.RefundPart`."""

    refund_key: str
    number: int
    origin: str
    credit_key: str | None
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Guarantee:
    """The guarantee account of a bank, and its available balance."""

    number: str
    currency: str
    ledger_id: int
    available_minor: int


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account with its balances, which cannot change meanwhile. `held_minor` is part of the balance.

    `debt_minor` is its debt to the guarantee account of its bank; None while it has no ledger account for debts.
    """

    number: str
    bank_id: int
    client_id: int | None
    kind: str
    currency: str
    ledger_id: int
    debt_ledger_id: int | None
    closed_at: datetime | None
    balance_minor: int
    held_minor: int
    incoming_minor: int
    debt_minor: int | None
    guarantee: Guarantee

    @property
    def available_minor(self) -> int:
        """The amount that can be held or debited now."""
        return self.balance_minor - self.held_minor


@dataclass(frozen=True, slots=True)
class LastCode:
    """The newest code of a subject, live or not."""

    number: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TriedCode:
    """The live code that this request's try number `number` was counted against."""

    id: int
    digest: Bytea
    created_at: datetime
    expires_at: datetime
    number: int


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """The codes of one subject at `now`, locked. `next_id`: that of the code about to be made, if there is one."""

    now: datetime
    last: LastCode | None
    tried: TriedCode | None
    next_id: int | None


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code to be stored as a keyed hash. `sealed` is the code, encrypted for its message; None: none is sent."""

    id: int
    operation_key: str | None
    access_key: str | None
    number: int
    digest: Bytea
    created_at: datetime
    expires_at: datetime
    sealed: Bytea | None


@dataclass(frozen=True, slots=True)
class UsedCode:
    """A code that the try `used_try` has used up; its life was judged at `judged_at`."""

    id: int
    used_try: int
    used_at: datetime
    judged_at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """One of `most` turns in a window of `window_s` seconds. `account` None: that of the operation's payer.

    `own`: each caller has turns of its own.
    """

    about: str
    window_s: int
    most: int
    own: bool
    account: str | None = None


@dataclass(frozen=True, slots=True)
class RefundQuery:
    """The debits to refund: those with `keys`, or at most `most` of those with `reference` that are not fully refunded.
    `credits`: keys of named credits.
    """

    keys: Sequence[str] | None = None
    reference: str | None = None
    most: int = 0
    credits: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """`sources` are the debits, oldest first; `credits` those out of them that are not clawed back yet, newest first;
    `named` the credits that were named. `known`: there are such debits at all, refunded or not.
    """

    sources: Sequence[Operation]
    credits: Sequence[Operation]
    named: Sequence[Operation]
    known: bool
