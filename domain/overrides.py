"""Overrides: what operators may do to a deal or payment, and what each needs. Rows are the commands."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from domain.errors import Conflict, Forbidden, Malformed
from domain.money import Money, decimals
from domain.payments import CREDITS, PaymentState, Step
from domain.states import Machine

STEP_NAME: Final = r"^[a-z_]{1,30}/[1-9][0-9]{0,2}$"
"""How a step is named: by its kind and number, such as `debit/1`."""


class OverrideKind(StrEnum):
    ASK = "ask"  # ask the bank now instead of at the next scheduled time
    FORCE = "force"  # accept an unknown result as known, with evidence; the bank is still asked
    RELEASE = "release"  # pay the seller, for a payment that is stuck or a deal that waits for acceptance
    REFUND = "refund"  # return money that a bank refused to free, that a deal holds, or that the seller was paid
    SPLIT = "split"  # of a deal that waits for acceptance: a part goes back to the buyer, the rest to the seller
    EXTEND = "extend"  # a later deadline that both parties agreed on


class OverrideState(StrEnum):
    PROPOSED = "proposed"  # waits for approval by a second person
    APPROVED = "approved"  # may be carried out; before a refusal is forced, the bank is asked for its tombstone
    IN_FORCE = "in_force"  # the forced result counts; the bank is still asked
    DONE = "done"
    CONTRADICTED = "contradicted"  # the bank contradicted it: the amount is in suspense
    REJECTED = "rejected"


class Result(StrEnum):
    DONE = "done"
    REFUSED = "refused"


TRANSITIONS = frozenset(
    {
        (OverrideState.PROPOSED, OverrideState.APPROVED),
        (OverrideState.PROPOSED, OverrideState.REJECTED),
        (OverrideState.APPROVED, OverrideState.IN_FORCE),
        (OverrideState.APPROVED, OverrideState.DONE),
        (OverrideState.APPROVED, OverrideState.REJECTED),
        (OverrideState.IN_FORCE, OverrideState.DONE),
        (OverrideState.IN_FORCE, OverrideState.CONTRADICTED),
    }
)
MACHINE = Machine({OverrideState.PROPOSED, OverrideState.APPROVED}, TRANSITIONS)
FINAL = frozenset({OverrideState.DONE, OverrideState.CONTRADICTED, OverrideState.REJECTED})

DEBIT = "debit"
# Steps whose unknown result can be forced.
FORCIBLE = frozenset({DEBIT, *(step.value for step in (Step.CAPTURE, *CREDITS, Step.COMMISSION, Step.VOID))})


def needs_approval(amount: Money, alone_up_to: int) -> bool:
    """Whether a second person must approve: above `alone_up_to`, in whole units of the amount's currency."""
    return amount.minor > alone_up_to * int(10 ** decimals(amount.currency))


def may_force(step: str, result: Result, evidence: str | None) -> None:
    """Refuses to force a result without evidence, an unknown step, or a refusal that no bank could confirm.

    A refusal needs the bank's tombstone, after which the step can never be done. Only a debit has one: the
    operation is voided first, and a later debit is refused.
    """
    if step not in FORCIBLE:
        raise Malformed("invalid_field", f"Results can be forced of: {', '.join(sorted(FORCIBLE))}.", "step")
    if not evidence:
        raise Malformed("missing_field", "A forced result needs evidence.", "evidence")
    if result is Result.REFUSED and step != DEBIT:
        raise Conflict("no_tombstone", "No bank can promise that this will never be done: only a debit can be voided.")


def may_approve(state: OverrideState, *, own: bool, approver: bool) -> None:
    """Refuses an approval or rejection by the person who asked, or one that comes too late."""
    if not approver:
        raise Forbidden("approver_key_needed", "Overrides are approved with the API key of an approver.")
    if own:
        raise Forbidden("own_override", "Nobody approves their own override.")
    if state is not OverrideState.PROPOSED:
        raise Conflict("override_decided", "This override waits for no approval.")


def may_release_payment(state: PaymentState) -> None:
    if state not in (PaymentState.RELEASING, PaymentState.PAYABLE):
        raise Conflict("not_stuck", "This payment is not stuck on its way to the seller.")


def may_refund_payment(state: PaymentState) -> None:
    if state is not PaymentState.RETURNING:
        raise Conflict("not_stuck", "This payment is not stuck on its way back to the payer.")
