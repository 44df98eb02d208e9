"""The status text of a deal, the same that its workflow shows in the Temporal UI."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from domain.agreements import Party
from domain.deals import DealState
from domain.disputes import other
from domain.payments import FINAL, PaymentState
from domain.status_text import DealFacts, RefundFacts, Words, deal_status_text, refund_status_text
from edge.wire import utc, utc_or_none
from market.verdicts import inspecting, undecided
from store.deals.deals import Deal
from store.deals.disputes import open_dispute
from store.payments.payments import Payment
from store.payments.refunds import (
    Refund,
    is_final,
    newest_steps,
    refunds_of,
    refusal_of,
    retry_of,
    steps_by_refund,
    to_be_compared,
)


async def status_texts_of_refunds(session: AsyncSession, deal: Deal, refunds: Sequence[Refund]) -> list[Words]:
    """The same for each refund of the deal; `refunds` are in order of their numbers."""
    found = []
    steps = await steps_by_refund(session, refunds)
    for refund in refunds:
        newest = newest_steps(steps[refund.id])
        earlier = any(not is_final(other) for other in refunds if other.number < refund.number)
        closing = to_be_compared(deal, refund, refunds)
        retry_at = utc_or_none(retry_of(newest))
        facts = RefundFacts(is_final(refund), earlier, retry_at, closing, refusal_of(newest))
        found.append(refund_status_text(facts))
    return found


async def status_text_of(session: AsyncSession, deal: Deal, payments: Sequence[Payment]) -> Words:
    """What is awaited, from whom, until when, and what happens otherwise, according to the rows."""
    clawbacks = deal.final_at is None and any(not is_final(refund) for refund in await refunds_of(session, deal.id))
    moving = [payment for payment in payments if payment.decision and payment.state not in FINAL]
    settled = all(payment.state == PaymentState.PAYABLE for payment in moving)
    dispute = await open_dispute(session, deal.id) if deal.state == DealState.DISPUTED else None
    judged = deal.verdict is not None and deal.final_at is None and not undecided(deal)
    return deal_status_text(
        DealFacts(
            state=deal.state,
            pay_by=utc(deal.pay_by),
            verdict=deal.verdict,
            inspect_by=utc_or_none(deal.inspect_by) if inspecting(deal) else None,
            answer_by=utc_or_none(deal.answer_by),
            clawbacks=clawbacks,
            unfinished=bool(moving),
            closing=judged and bool(payments) and settled and not clawbacks,
            dispute=None if dispute is None else dispute.times.awaited,
            answers=None if dispute is None else other(Party(dispute.opened_by)),
            due_by=None if dispute is None else utc_or_none(dispute.times.until),
        )
    )
