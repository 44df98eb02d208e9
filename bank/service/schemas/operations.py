from __future__ import annotations

from typing import Literal

from bank.service.models import OperationRow
from bank.service.schemas.common import AccountNumber, Amount, CurrencyCode, Moment, OperationKey, Reference
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


class DebitIn(Wire):
    code: CleanText
    submitted_at: Timestamp
    """When the payer entered the code; expiry is judged by it if it is believable and at most a day old."""


class Empty(Wire):
    pass


class OperationOut(Wire):
    key: str
    kind: Literal["debit", "credit"]
    status: Literal["created", "pause", "success", "void"]
    amount: Amount
    fee: Amount
    currency: CurrencyCode
    payer_account: str
    payee_account: str
    reference: str
    source: str | None
    created_at: Moment
    held_at: Moment | None
    captured_at: Moment | None
    voided_at: Moment | None

    @classmethod
    def of(cls, row: OperationRow) -> OperationOut:
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
                "created_at": utc(row.created_at),
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


class FundsCheckOut(Wire):
    sufficient: bool
