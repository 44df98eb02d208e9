"""Closing statements: a deal's books are compared with what its banks say, and the deal ends once both agree."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from market.verdicts import Assessment
from payloads.closing import BankSide, ClosingView
from store.deals.closings import close_books
from store.payments.refunds import refunds_were_compared
from store.payments.steps import resolved, steps_of_payments


async def compare(session: AsyncSession, assessed: Assessment, side: BankSide) -> ClosingView:
    """Compares the books of a deal, locked with its payments, with its banks and stores the differences.

    For an ended deal nothing is compared while money moves, or when some has moved since the banks were asked.
    """
    deal, steps = assessed.deal, await steps_of_payments(session, assessed.payments)
    if deal.final_at is not None and (resolved(steps) is None or resolved(steps) != side.resolved):
        return ClosingView(balanced=False, compared=False)
    closing, assessed.totals = await close_books(session, deal, assessed.payments, steps, side.operations)
    assessed.balanced = closing.balanced
    if closing.balanced and any(step.refund_id is not None for step in steps):
        await refunds_were_compared(session, deal.id)
    return ClosingView(closing.balanced, closing.differences)
