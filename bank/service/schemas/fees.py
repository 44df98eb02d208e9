from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bank.service.models import Fee
from bank.service.rules.fees import percent_text
from bank.service.schemas.common import Amount, CurrencyCode, Moment
from domain.money import Money
from edge.wire import Wire, utc

Percent = Annotated[str, Field(max_length=8, examples=["1.50"], description="0 to 100 with at most two decimals.")]


class FeeIn(Wire):
    percent: Percent
    minimum: Amount
    currency: CurrencyCode


class FeeOut(Wire):
    payer_bank: int
    payee_bank: int
    currency: str
    percent: Percent
    percent_bp: int
    """The same in basis points, for programs."""
    minimum: Amount
    changed_at: Moment

    @classmethod
    def of(cls, row: Fee) -> FeeOut:
        return cls(
            payer_bank=row.payer_bank,
            payee_bank=row.payee_bank,
            currency=row.currency,
            percent=percent_text(row.percent_bp),
            percent_bp=row.percent_bp,
            minimum=Money(row.minimum_minor, row.currency).amount,
            changed_at=utc(row.changed_at),
        )


class FeesOut(Wire):
    items: list[FeeOut]


class QuoteOut(Wire):
    amount: Amount
    fee: Amount
    total: Amount
    currency: str
