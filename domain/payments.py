"""The states of a payment, a code attempt and a step, and the rules between them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from domain.codes import MAX_CODES, MAX_TRIES
from domain.deals import in_time
from domain.errors import Conflict
from domain.states import Machine

MAX_PAYMENTS_PER_DEAL = 100  # each may mail three codes; parts below a hundredth help nobody
MAX_LATE_PER_PAYMENT = 15  # as many as could have been in time; bounds what a closed deal can store


class PaymentState(StrEnum):
    OPENING = "opening"  # the payer's bank has not yet opened the operation
    AWAITING_CODE = "awaiting_code"
    PROCESSING = "processing"  # an attempt is stored, and the bank's final answer is still missing
    HELD = "held"
    RELEASING = "releasing"
    KEPT = "kept"  # captured; the undisputed part is paid out, the rest waits for the end of the dispute
    PAYABLE = "payable"  # captured, but the seller's bank refused the credit: a payable
    RETURNING = "returning"  # what was taken, if anything, is on its way back
    COMPLETED = "completed"
    REFUNDED = "refunded"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Decision(StrEnum):
    """What the deal decided about a payment. Written once, under the deal's lock."""

    RELEASE = "release"
    RETURN = "return"


class EndReason(StrEnum):
    """Why a payment returns what it took, or never took anything."""

    DEADLINE = "deadline"
    CANCELLED = "cancelled"
    REFUSED = "refused"


class AttemptState(StrEnum):
    UNRESOLVED = "unresolved"
    HELD = "held"
    REJECTED = "rejected"  # wrong, late, used or unknown code: the bank does not say which
    REFUSED = "refused"  # a right code, but the bank refuses the debit (no funds)
    LATE = "late"  # submitted after the deadline: stored, never sent on


class CodeState(StrEnum):
    REQUESTED = "requested"
    SENT = "sent"
    REFUSED = "refused"


class StepState(StrEnum):
    PLANNED = "planned"
    DONE = "done"
    REFUSED = "refused"


class Step(StrEnum):
    """A planned call to a bank that must succeed in the end."""

    CAPTURE = "capture"
    CREDIT = "credit"
    COMMISSION = "commission"
    REST = "rest"  # a second credit: what was kept while an undisputed part was paid out
    VOID = "void"
    REFUND = "refund"  # reverses a credit and its commission in one; made by the refund's workflow


class Taken(StrEnum):
    """What a clawback is of."""

    CREDIT = "credit"
    REST = "rest"
    KEPT = "kept"  # it was never credited: what the end of a dispute gave back of the rest


CREDITS = (Step.CREDIT, Step.REST)
"""Steps that pay the seller."""

FINAL = frozenset(
    {
        PaymentState.COMPLETED,
        PaymentState.REFUNDED,
        PaymentState.EXPIRED,
        PaymentState.CANCELLED,
        PaymentState.FAILED,
    }
)
# States in which the amount counts against the price of the deal: reserved, held or paid.
COMMITTED = frozenset(PaymentState) - FINAL - {PaymentState.RETURNING} | {PaymentState.COMPLETED}

TRANSITIONS = frozenset(
    {
        (PaymentState.OPENING, PaymentState.AWAITING_CODE),
        (PaymentState.OPENING, PaymentState.PROCESSING),  # the mail was faster than the bank's answer to us
        (PaymentState.OPENING, PaymentState.FAILED),
        (PaymentState.OPENING, PaymentState.RETURNING),
        (PaymentState.AWAITING_CODE, PaymentState.PROCESSING),
        (PaymentState.AWAITING_CODE, PaymentState.RETURNING),
        (PaymentState.PROCESSING, PaymentState.AWAITING_CODE),
        (PaymentState.PROCESSING, PaymentState.HELD),
        (PaymentState.PROCESSING, PaymentState.RETURNING),
        (PaymentState.HELD, PaymentState.RELEASING),
        (PaymentState.HELD, PaymentState.RETURNING),
        (PaymentState.RELEASING, PaymentState.COMPLETED),
        (PaymentState.RELEASING, PaymentState.PAYABLE),
        (PaymentState.RELEASING, PaymentState.KEPT),
        (PaymentState.KEPT, PaymentState.RELEASING),
        (PaymentState.KEPT, PaymentState.COMPLETED),  # the rest, or what was left of it, went back to the payer
        (PaymentState.PAYABLE, PaymentState.RELEASING),
        (PaymentState.PAYABLE, PaymentState.REFUNDED),  # everything owed went back to the payer
        (PaymentState.PAYABLE, PaymentState.COMPLETED),  # the same, and the undisputed part had reached the seller
        (PaymentState.RETURNING, PaymentState.REFUNDED),
        (PaymentState.RETURNING, PaymentState.EXPIRED),
        (PaymentState.RETURNING, PaymentState.CANCELLED),
        (PaymentState.RETURNING, PaymentState.FAILED),
    }
)
# What a deal takes from a wallet by its owner's leave is held from the beginning.
MACHINE = Machine({PaymentState.OPENING, PaymentState.HELD}, TRANSITIONS)


def may_open(payments_of_deal: int) -> None:
    """Refuses a payment beyond the number that one deal may have, ended ones included."""
    if payments_of_deal >= MAX_PAYMENTS_PER_DEAL:
        raise Conflict("too_many_payments", f"A deal takes at most {MAX_PAYMENTS_PER_DEAL} payments.")


def may_submit(state: PaymentState, opened: bool, tries_of_code: int) -> None:
    """Refuses a code when the operation is not open, an attempt is unresolved, no tries are left or the payment ended.

    Once the operation is open (`opened`), a code is accepted even before we know that it was sent: the mail may be
    faster than the bank's answer to us, and that answer may be lost.
    """
    if state is PaymentState.PROCESSING:
        raise Conflict("attempt_unresolved", "A code is being checked by the bank; wait for its answer.")
    if state is PaymentState.OPENING and not opened:
        raise Conflict("code_not_sent", "The bank has not sent a code for this payment yet.")
    if state not in (PaymentState.OPENING, PaymentState.AWAITING_CODE):
        raise Conflict("payment_ended", "This payment takes no more codes.")
    if tries_of_code >= MAX_TRIES:
        raise Conflict("no_tries_left", "This code has no tries left; ask for a new one.")


def may_note_late(noted: int, submitted_at: datetime, pay_by: datetime) -> None:
    """Refuses a late code once enough are stored; `noted` is the number of late codes of this payment."""
    if noted >= MAX_LATE_PER_PAYMENT:
        raise too_late(submitted_at, pay_by)


def too_late(submitted_at: datetime, pay_by: datetime) -> Conflict:
    """The answer to a late code: after `pay_by`, or in time for a deal that was already closed."""
    if in_time(submitted_at, pay_by):
        return Conflict("deal_closed", "The deal takes no more payments. The code was not used.")
    return Conflict("deadline_passed", "The time to pay is over. The code was not used.")


def may_request_code(state: PaymentState, codes: int) -> None:
    """Refuses another code while an attempt is unresolved, before the first was sent, after three and at the end."""
    if state is PaymentState.PROCESSING:
        raise Conflict("attempt_unresolved", "A code is being checked by the bank; wait for its answer.")
    if state is PaymentState.OPENING:
        raise Conflict("code_not_sent", "The first code is still on its way.")
    if state is not PaymentState.AWAITING_CODE:
        raise Conflict("payment_ended", "This payment takes no more codes.")
    if codes >= MAX_CODES:
        raise Conflict("too_many_codes", "No more codes are sent for this payment.")


def may_cancel(state: PaymentState) -> None:
    """A payer may cancel a payment only while none of its codes is unresolved and none of its money is held."""
    if state is PaymentState.PROCESSING:
        raise Conflict("attempt_unresolved", "A code is being checked by the bank; wait for its answer.")
    if state not in (PaymentState.OPENING, PaymentState.AWAITING_CODE):
        raise Conflict("payment_not_cancellable", "Money of this payment is already held, paid or refunded.")


def end_of(took_money: bool, reason: EndReason) -> PaymentState:
    """The final state of a payment after everything it took, if anything, went back."""
    if took_money:
        return PaymentState.REFUNDED
    return {
        EndReason.DEADLINE: PaymentState.EXPIRED,
        EndReason.CANCELLED: PaymentState.CANCELLED,
        EndReason.REFUSED: PaymentState.FAILED,
    }[reason]
