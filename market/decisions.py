"""What a deal decides about its payments, each once: released to the seller, or returned to the payer.

Each function takes the locked payments of a locked deal, and returns the steps that it has planned, by payment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.divisions import undisputed_parts
from domain.payments import Decision, EndReason, PaymentState
from store.deals.deals import Deal
from store.payments.payments import Payment, decide, move
from store.payments.steps import StepRow, plan_release, plan_rest, plan_undisputed, plan_void

Steps = dict[UUID, list[StepRow]]

# None of these has an unresolved code or holds money: they can end without asking a bank.
_IDLE = (PaymentState.OPENING, PaymentState.AWAITING_CODE)


def release_held(session: AsyncSession, deal: Deal, payments: Sequence[Payment]) -> Steps:
    """Releases what is held, after what was released before, and the rest of what was released in part."""
    before_minor = sum(payment.amount_minor for payment in payments if payment.decision == Decision.RELEASE)
    held_minor = sum(payment.amount_minor for payment in payments if payment.state == PaymentState.HELD)
    # What was paid last goes back first: of what is kept, only what exceeds that.
    kept_minor = max(0, (deal.split_minor or 0) - held_minor)
    steps: Steps = {}
    for payment in payments:
        if payment.state == PaymentState.HELD:
            decide(session, payment, Decision.RELEASE, before_minor=before_minor)
            steps[payment.id] = plan_release(session, deal, payment, before_minor)
            before_minor += payment.amount_minor
        elif payment.undisputed_minor is not None:
            payment.kept_minor = kept_minor or None
            steps[payment.id] = plan_rest(session, deal, payment)
            if steps[payment.id] and payment.state != PaymentState.RELEASING:
                move(session, payment, PaymentState.RELEASING)
    return steps


def release_undisputed(session: AsyncSession, deal: Deal, payments: Sequence[Payment], undisputed_minor: int) -> Steps:
    """Releases a part of what is held: whole payments, the first ones first, and a part of the one that is left over.

    That one is captured whole, and what is not in the undisputed part is kept.
    """
    before_minor = 0
    steps: Steps = {}
    held = [payment for payment in payments if payment.state == PaymentState.HELD]
    parts = undisputed_parts([payment.amount_minor for payment in held], undisputed_minor)
    for payment, part_minor in zip(held, parts, strict=True):
        if not part_minor:
            break
        decide(session, payment, Decision.RELEASE, before_minor=before_minor)
        if part_minor == payment.amount_minor:
            steps[payment.id] = plan_release(session, deal, payment, before_minor)
        else:
            payment.undisputed_minor = part_minor
            steps[payment.id] = plan_undisputed(session, deal, payment)
        before_minor += part_minor
    return steps


def return_held(session: AsyncSession, payments: Sequence[Payment], reason: EndReason) -> Steps:
    """Returns what is held."""
    return _return(session, (payment for payment in payments if payment.state == PaymentState.HELD), reason)


def return_idle(session: AsyncSession, payments: Sequence[Payment], reason: EndReason) -> Steps:
    """Ends what waits for a code."""
    idle = (payment for payment in payments if payment.state in _IDLE and payment.decision is None)
    return _return(session, idle, reason)


def return_cancelled(session: AsyncSession, payments: Sequence[Payment]) -> Steps:
    """Returns what its payer has cancelled, unless a code of it is with a bank."""
    cancelled = (
        payment
        for payment in payments
        if payment.cancel_requested_at is not None
        and payment.decision is None
        and payment.state in (*_IDLE, PaymentState.HELD)
    )
    return _return(session, cancelled, EndReason.CANCELLED)


def _return(session: AsyncSession, payments: Iterable[Payment], reason: EndReason) -> Steps:
    steps: Steps = {}
    for payment in payments:
        decide(session, payment, Decision.RETURN, reason)
        steps[payment.id] = plan_void(session, payment)
    return steps
