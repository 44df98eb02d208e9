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
    COMPLETED = "completed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class CloseReason(StrEnum):
    DEADLINE = "deadline"
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    FUNDED = "funded"
    NOT_FUNDED = "not_funded"


OPEN = frozenset({DealState.AWAITING_PAYMENT, DealState.PARTIALLY_PAID})
FINAL = frozenset({DealState.COMPLETED, DealState.EXPIRED, DealState.CANCELLED})

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
        (DealState.FUNDED, DealState.SETTLING),  # both parties undo it while the buyer inspects
        (DealState.FUNDED, DealState.COMPLETED),
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


def end_of(verdict_: Verdict, reason: CloseReason | None) -> DealState:
    """The final state of a judged deal that was closed for `reason`; one that was cancelled is never completed."""
    if reason is CloseReason.CANCELLED:
        return DealState.CANCELLED
    return DealState.COMPLETED if verdict_ is Verdict.FUNDED else DealState.EXPIRED


def room_for(amount_minor: int, price_minor: int, committed_minor: int) -> None:
    """Refuses a payment that would exceed the price; `committed_minor` is what is held, paid or reserved already."""
    left_minor = price_minor - committed_minor
    if amount_minor > left_minor:
        raise Conflict("overpayment", "The amount exceeds what is left to pay, other open payments counted.", "amount")
