"""What a deal claws back itself: all that it had released before it closed, or the buyer's part of a split."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from domain.deals import CloseReason
from domain.disputes import DisputeState
from domain.payments import Decision
from domain.terms import Cause
from store.deals.agreements import cancelled_by
from store.deals.deals import Deal
from store.deals.disputes import newest_dispute
from store.payments.payments import Payment
from store.payments.refunds import BY_THE_DEAL, Refund, is_final, plan_refund, refunds_of
from texts.languages import message


async def clawbacks_of(
    session: AsyncSession, deal: Deal, payments: Sequence[Payment]
) -> tuple[list[Refund], list[Refund]]:
    """The deal's refunds that were planned just now, once, and all of them that it still waits for."""
    released = [payment for payment in payments if payment.decision == Decision.RELEASE]
    if not released:
        return [], []
    planned: list[Refund] = []
    refunds = await refunds_of(session, deal.id)
    if not refunds:
        refunds = planned = [await _claw_back(session, deal, released)]
    return planned, [refund for refund in refunds if not is_final(refund)]


async def _claw_back(session: AsyncSession, deal: Deal, released: Sequence[Payment]) -> Refund:
    cause, reason = Cause.DEADLINE, message("The price was not reached in time.")
    if deal.closed_reason == CloseReason.CANCELLED:
        party = await cancelled_by(session, deal.id)
        cause, reason = (Cause(party) if party else Cause.DISPUTE), message("The deal was cancelled.")
    minor = sum(payment.amount_minor for payment in released)
    if deal.split_minor is not None:
        dispute = await newest_dispute(session, deal.id)
        settled = dispute is not None and dispute.state == DisputeState.SETTLED
        reason = message("A dispute was settled.") if settled else message("A dispute was decided.")
        cause, minor = Cause.DISPUTE, deal.split_minor
    return await plan_refund(session, deal, released, minor, cause, reason, BY_THE_DEAL)
