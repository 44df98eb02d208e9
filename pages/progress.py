"""Progress of a deal's price: what is paid, what is being paid, what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.money import Money
from domain.payments import COMMITTED
from market.verdicts import COUNTED
from store.deals.deals import Deal
from store.payments.payments import Payment


@dataclass(frozen=True, slots=True)
class Progress:
    """`paid` is held or released, `left` is not; `reserved` is the part of `left` that open payments cover."""

    paid: Money
    left: Money
    reserved: Money

    @property
    def free(self) -> Money:
        """The amount that another payment could pay now."""
        return self.left - self.reserved

    @classmethod
    def of(cls, deal: Deal, payments: Sequence[Payment]) -> Progress:
        paid = sum(payment.amount_minor for payment in payments if payment.state in COUNTED)
        committed = sum(payment.amount_minor for payment in payments if payment.state in COMMITTED)
        return cls(
            Money(paid, deal.currency),
            Money(deal.price_minor - paid, deal.currency),
            Money(committed - paid, deal.currency),
        )
