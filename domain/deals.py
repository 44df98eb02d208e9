"""The states of a deal and its transitions. Source: the deal's diagram in ARCHITECTURE.md."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from domain.errors import Conflict
from domain.states import Machine


class DealState(StrEnum):
    PROPOSED = "proposed"  # a service deal that its seller has not answered: it takes no money yet
    AWAITING_PAYMENT = "awaiting_payment"
    PARTIALLY_PAID = "partially_paid"
    SETTLING = "settling"  # closed to new money; waits for final answers, then for the money that goes back
    FUNDED = "funded"
    DISPUTED = "disputed"  # the buyer objects during the inspection: nothing is paid before a decision
    COMPLETED = "completed"
    SPLIT = "split"  # a dispute was split: the seller was paid, and a part went back to the buyer
    REFUNDED = "refunded"  # a dispute was decided for the buyer
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    DENIED = "denied"  # the seller does not want the service deal
    LAPSED = "lapsed"  # the seller did not answer in time


class CloseReason(StrEnum):
    DEADLINE = "deadline"
    CANCELLED = "cancelled"
    DENIED = "denied"
    DISPUTE = "dispute"  # decided for the buyer


class Verdict(StrEnum):
    FUNDED = "funded"
    NOT_FUNDED = "not_funded"


OPEN = frozenset({DealState.AWAITING_PAYMENT, DealState.PARTIALLY_PAID})
# Ended before the seller agreed to it, so there was never a verdict.
UNCONFIRMED = frozenset({DealState.DENIED, DealState.LAPSED})
FINAL = UNCONFIRMED | {
    DealState.COMPLETED,
    DealState.SPLIT,
    DealState.REFUNDED,
    DealState.EXPIRED,
    DealState.CANCELLED,
}
# The seller was paid, so a refund is still possible.
PAID_OUT = frozenset({DealState.COMPLETED, DealState.SPLIT})

TRANSITIONS = frozenset(
    {
        (DealState.PROPOSED, DealState.AWAITING_PAYMENT),
        (DealState.PROPOSED, DealState.DENIED),
        (DealState.PROPOSED, DealState.LAPSED),
        (DealState.PROPOSED, DealState.CANCELLED),  # retracted by the buyer
        (DealState.AWAITING_PAYMENT, DealState.PARTIALLY_PAID),
        (DealState.PARTIALLY_PAID, DealState.AWAITING_PAYMENT),  # the only held part was returned on request
        (DealState.AWAITING_PAYMENT, DealState.FUNDED),
        (DealState.PARTIALLY_PAID, DealState.FUNDED),
        (DealState.AWAITING_PAYMENT, DealState.SETTLING),
        (DealState.PARTIALLY_PAID, DealState.SETTLING),
        (DealState.SETTLING, DealState.FUNDED),
        (DealState.SETTLING, DealState.EXPIRED),
        (DealState.SETTLING, DealState.CANCELLED),
        (DealState.SETTLING, DealState.REFUNDED),
        (DealState.FUNDED, DealState.SETTLING),  # cancelled by both parties during the inspection
        (DealState.FUNDED, DealState.DISPUTED),
        (DealState.DISPUTED, DealState.FUNDED),  # retracted, or decided for the seller
        (DealState.DISPUTED, DealState.SETTLING),  # decided for the buyer, or cancelled by both parties
        (DealState.FUNDED, DealState.COMPLETED),
        (DealState.FUNDED, DealState.SPLIT),
    }
)
MACHINE = Machine({DealState.AWAITING_PAYMENT, DealState.PROPOSED}, TRANSITIONS)


def in_time(submitted_at: datetime, pay_by: datetime) -> bool:
    """In time means submitted at or before `pay_by`, by the market database's clock; later answers do not matter."""
    return submitted_at <= pay_by


def verdict(held_minor: int, price_minor: int, reason: CloseReason | None) -> Verdict:
    """The verdict once no attempt is unresolved: funded when the holds reach the price.

    `held_minor` counts only money whose code was submitted in time. A cancelled deal is never funded.
    """
    if reason is CloseReason.CANCELLED:
        return Verdict.NOT_FUNDED
    return Verdict.FUNDED if held_minor >= price_minor else Verdict.NOT_FUNDED


def end_of(verdict_: Verdict, reason: CloseReason | None, *, split: bool = False) -> DealState:
    """The final state of a deal with a verdict that was closed for `reason`; a cancelled one is never completed.

    `split`: a dispute's decision paid the seller and returned a part to the buyer.
    """
    if reason is CloseReason.CANCELLED:
        return DealState.CANCELLED
    if reason is CloseReason.DISPUTE:
        return DealState.REFUNDED
    if verdict_ is Verdict.NOT_FUNDED:
        return DealState.EXPIRED
    return DealState.SPLIT if split else DealState.COMPLETED


def room_for(amount_minor: int, price_minor: int, committed_minor: int) -> None:
    """Refuses a payment that would exceed the price; `committed_minor` is what is held, paid or reserved already."""
    left_minor = price_minor - committed_minor
    if amount_minor > left_minor:
        raise Conflict("overpayment", "The amount exceeds what is left to pay, other open payments counted.", "amount")
