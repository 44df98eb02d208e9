"""Where a payment's money is: every cent that was taken, or that the guarantee account added."""

from __future__ import annotations

from typing import Literal

from domain.money import Money
from domain.payments import PaymentState
from store.deals.closings import Moved
from store.deals.deals import Deal
from store.payments.payments import Payment

Where = Literal[
    "held_at_the_payers_bank",
    "held_in_the_payers_wallet",
    "kept_until_the_dispute_ends",
    "on_its_way",
    "with_the_seller",
    "owed_to_the_seller",
    "commission",
    "fee_of_the_payers_bank",
    "back_with_the_payer",
    "in_suspense",
]


def places_of(deal: Deal, payment: Payment, moved: Moved | None, *, for_operator: bool) -> dict[Where, Money]:
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
    left = moved.taken + guarantee - (seller + commission + owed + fees + moved.refunded + moved.suspense)
    kept = _kept(deal, payment, left, for_operator=for_operator)
    if kept and not for_operator and payment.state != PaymentState.RELEASING:
        # The commission on the undisputed part, which the platform takes with the rest.
        seller, owed = (0, owed + left - kept) if owed else (seller + left - kept, 0)
        left = kept
    minor: dict[Where, int] = {
        "held_in_the_payers_wallet" if payment.from_wallet else "held_at_the_payers_bank": moved.held,
        "kept_until_the_dispute_ends": kept,
        "on_its_way": left - kept,
        "with_the_seller": seller,
        "owed_to_the_seller": owed,
        "commission": commission,
        "fee_of_the_payers_bank": fees,
        "back_with_the_payer": moved.refunded + moved.voided,
        "in_suspense": moved.suspense,
    }
    return {where: Money(held, payment.currency) for where, held in minor.items() if held}


def _kept(deal: Deal, payment: Payment, left: int, *, for_operator: bool) -> int:
    """Of what was captured of a payment and is nowhere else, what waits for the end of the dispute.

    Until the undisputed part has arrived, or was refused, it is on its way; after that all that is left waits.
    """
    if payment.undisputed_minor is None or deal.released_at is not None:
        return 0
    if for_operator and payment.state != PaymentState.RELEASING:
        return left
    return min(left, payment.amount_minor - payment.undisputed_minor)
