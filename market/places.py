"""Where a payment's money is: every cent that was taken, or that the guarantee account added."""

from __future__ import annotations

from typing import Literal

from domain.money import Money
from store.deals.closings import Moved
from store.payments.payments import Payment

Where = Literal[
    "held_at_the_payers_bank",
    "held_in_the_payers_wallet",
    "on_its_way",
    "with_the_seller",
    "owed_to_the_seller",
    "commission",
    "fee_of_the_payers_bank",
    "back_with_the_payer",
    "in_suspense",
]


def places_of(payment: Payment, moved: Moved | None, *, for_operator: bool) -> dict[Where, Money]:
    """The places that hold something; they add up to all that was taken and added.

    Clients do not see the commission: to them it is part of the seller's money, or of the payable.

    Nor do they see what the guarantee account added: beside the refund it would reveal the seller's part of it.
    """
    if moved is None:
        return {}
    seller, commission, owed = moved.credited - moved.uncredited, moved.commission - moved.uncommission, moved.owed
    fees, guarantee = moved.fees - moved.unfees, moved.guarantee
    if not for_operator:
        seller, commission, guarantee = seller + commission - guarantee, 0, 0
        if owed:
            seller, owed = 0, owed + seller
    there = seller + commission + owed + fees + moved.refunded + moved.suspense
    minor: dict[Where, int] = {
        "held_in_the_payers_wallet" if payment.from_wallet else "held_at_the_payers_bank": moved.held,
        "on_its_way": moved.taken + guarantee - there,
        "with_the_seller": seller,
        "owed_to_the_seller": owed,
        "commission": commission,
        "fee_of_the_payers_bank": fees,
        "back_with_the_payer": moved.refunded + moved.voided,
        "in_suspense": moved.suspense,
    }
    return {where: Money(held, payment.currency) for where, held in minor.items() if held}
