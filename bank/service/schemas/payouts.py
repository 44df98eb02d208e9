from __future__ import annotations

from bank.service.models import Payout
from bank.service.schemas.common import AccountNumber, Amount, CurrencyCode, Moment, Reference
from bank.service.values import NewPayout
from domain.money import Money
from edge.wire import Wire, utc, utc_or_none


class PayoutIn(Wire):
    payee_account: AccountNumber
    amount: Amount
    currency: CurrencyCode
    expected_fee: Amount
    """The fee that the payee was shown; if it has changed, 409 `fee_changed`."""
    reference: Reference


class PayoutOut(Wire):
    key: str
    amount: Amount
    fee: Amount
    currency: CurrencyCode
    payer_account: str
    payee_account: str
    reference: str
    created_at: Moment
    returned_at: Moment | None
    """The payee's bank sent all of it back."""

    @classmethod
    def of(cls, row: Payout | NewPayout) -> PayoutOut:
        return cls(
            key=row.key,
            amount=Money(row.amount_minor, row.currency).amount,
            fee=Money(row.fee_minor, row.currency).amount,
            currency=row.currency,
            payer_account=row.payer_account,
            payee_account=row.payee_account,
            reference=row.reference,
            created_at=utc(row.created_at),
            returned_at=utc_or_none(row.returned_at),
        )


class PayoutsOut(Wire):
    items: list[PayoutOut]
    next: str | None
