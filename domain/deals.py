"""The states of a deal, and the rules that move it. Source: the deal's diagram in ARCHITECTURE.md."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from domain.errors import Conflict


class DealState(StrEnum):
    AWAITING_PAYMENT = "awaiting_payment"
    PARTIALLY_PAID = "partially_paid"
    SETTLING = "settling"  # closed to new money; waiting for final answers, then for what goes back
    FUNDED = "funded"
    DISPUTED = "disputed"  # the buyer objects to what he inspects: nothing is paid before somebody decides
    COMPLETED = "completed"
    SPLIT = "split"  # a dispute was decided so that the seller was paid and a part went back to the buyer
    REFUNDED = "refunded"  # a dispute was decided for the buyer
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class CloseReason(StrEnum):
    DEADLINE = "deadline"
    CANCELLED = "cancelled"
    DISPUTE = "dispute"  # decided for the buyer


class Verdict(StrEnum):
    FUNDED = "funded"
    NOT_FUNDED = "not_funded"


OPEN = frozenset({DealState.AWAITING_PAYMENT, DealState.PARTIALLY_PAID})
FINAL = frozenset({DealState.COMPLETED, DealState.SPLIT, DealState.REFUNDED, DealState.EXPIRED, DealState.CANCELLED})
# The seller was paid, so that more may go back to the buyer.
PAID_OUT = frozenset({DealState.COMPLETED, DealState.SPLIT})

# The database refuses every other move (a trigger over the table state_transitions, which a test compares with this).
TRANSITIONS = frozenset(
    {
        (DealState.AWAITING_PAYMENT, DealState.PARTIALLY_PAID),
        (DealState.PARTIALLY_PAID, DealState.AWAITING_PAYMENT),  # the only held part was given back on request
        (DealState.AWAITING_PAYMENT, DealState.FUNDED),
        (DealState.PARTIALLY_PAID, DealState.FUNDED),
        (DealState.AWAITING_PAYMENT, DealState.SETTLING),
        (DealState.PARTIALLY_PAID, DealState.SETTLING),
        (DealState.SETTLING, DealState.FUNDED),
        (DealState.SETTLING, DealState.EXPIRED),
        (DealState.SETTLING, DealState.CANCELLED),
        (DealState.SETTLING, DealState.REFUNDED),
        (DealState.FUNDED, DealState.SETTLING),  # both parties undo it while the buyer inspects
        (DealState.FUNDED, DealState.DISPUTED),
        (DealState.DISPUTED, DealState.FUNDED),  # withdrawn, or decided so that the seller is paid
        (DealState.DISPUTED, DealState.SETTLING),  # decided for the buyer, or undone by both parties
        (DealState.FUNDED, DealState.COMPLETED),
        (DealState.FUNDED, DealState.SPLIT),
    }
)


def in_time(submitted_at: datetime, pay_by: datetime) -> bool:
    """In time means submitted at or before `pay_by`, both by the market database's clock, whatever came late."""
    return submitted_at <= pay_by


def verdict(held_minor: int, price_minor: int, reason: CloseReason | None) -> Verdict:
    """What the deal decides once no attempt is unresolved: funded when the holds reach the price.

    `held_minor` counts only money whose code was submitted in time. A cancelled deal is never funded.
    """
    if reason is CloseReason.CANCELLED:
        return Verdict.NOT_FUNDED
    return Verdict.FUNDED if held_minor >= price_minor else Verdict.NOT_FUNDED


def end_of(verdict_: Verdict, reason: CloseReason | None, *, split: bool = False) -> DealState:
    """The final state of a judged deal that was closed for `reason`; one that was cancelled is never completed.

    `split`: the seller was paid, and a part went back to the buyer, as was decided in a dispute.
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
