from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import ConfigDict

from bank.service.models import OperationRow
from bank.service.schemas.common import AccountNumber, Amount, CurrencyCode, Moment, OperationKey, Reference, together
from bank.service.values import Operation
from domain.errors import Malformed
from domain.money import Money
from edge.wire import CleanText, Timestamp, Wire, utc, utc_or_none


class OperationIn(Wire):
    payer_account: AccountNumber
    payee_account: AccountNumber
    amount: Amount
    currency: CurrencyCode
    expected_fee: Amount
    """The fee that the payer was shown; another one now is refused with `fee_changed`."""
    reference: Reference


class CreditIn(Wire):
    payee_account: AccountNumber
    amount: Amount
    currency: CurrencyCode
    source: OperationKey
    reference: Reference


class CodeIn(Wire):
    code: CleanText
    submitted_at: Timestamp
    """When the payer entered the code; expiry is judged by it if it is believable and at most a day old."""


class DebitIn(Wire):
    """With a code it confirms and debits in one; without one the operation must be confirmed already."""

    model_config = ConfigDict(json_schema_extra=together("code", "submitted_at"))

    code: CleanText | None = None
    submitted_at: Timestamp | None = None
    """When the payer entered the code; expiry is judged by it if it is believable and at most a day old."""

    def entered(self) -> tuple[str, datetime] | None:
        """The code with its time, or None without either; raises `Malformed` `missing_field`."""
        if self.code is None and self.submitted_at is None:
            return None
        if self.code is None or self.submitted_at is None:
            name = "code" if self.code is None else "submitted_at"
            raise Malformed("missing_field", "A code is sent with the time at which it was entered.", name)
        return self.code, self.submitted_at


class Empty(Wire):
    pass


class OperationOut(Wire):
    key: str
    kind: Literal["debit", "credit", "refund"]
    status: Literal["created", "confirmed", "pause", "success", "void"]
    amount: Amount
    fee: Amount
    currency: CurrencyCode
    payer_account: str
    payee_account: str
    reference: str
    source: str | None
    refunded: Amount
    """Of a debit: the refunded principal. Of a credit: the amount clawed back."""
    fee_refunded: Amount
    created_at: Moment
    confirmed_at: Moment | None
    held_at: Moment | None
    captured_at: Moment | None
    voided_at: Moment | None

    @classmethod
    def of(cls, row: OperationRow | Operation) -> OperationOut:
        return cls.model_validate(
            {
                "key": row.key,
                "kind": row.kind,
                "status": row.status,
                "amount": Money(row.amount_minor, row.currency).amount,
                "fee": Money(row.fee_minor, row.currency).amount,
                "currency": row.currency,
                "payer_account": row.payer_account,
                "payee_account": row.payee_account,
                "reference": row.reference,
                "source": row.source,
                "refunded": Money(row.refunded_minor, row.currency).amount,
                "fee_refunded": Money(row.fee_refunded_minor, row.currency).amount,
                "created_at": utc(row.created_at),
                "confirmed_at": utc_or_none(row.confirmed_at),
                "held_at": utc_or_none(row.held_at),
                "captured_at": utc_or_none(row.captured_at),
                "voided_at": utc_or_none(row.voided_at),
            }
        )


class OperationsOut(Wire):
    items: list[OperationOut]
    next: str | None


class FundsCheckIn(Wire):
    account: AccountNumber
    amount: Amount
    currency: CurrencyCode
    operation: OperationKey | None = None
    """One of the caller's operations from this account and of this amount; not needed with the owner's token."""


class FundsCheckOut(Wire):
    sufficient: bool
