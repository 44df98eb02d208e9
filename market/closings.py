"""Closing statements: a deal's books are compared with what its banks say, and the deal ends once both agree."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from payloads.closing import BankSide, ClosingView
from store.deals.closings import close_books
from store.deals.deals import Deal
from store.payments.payments import lock_payments_of
from store.payments.refunds import refunds_were_compared
from store.payments.steps import steps_resolved


async def compare(session: AsyncSession, deal: Deal, side: BankSide) -> ClosingView:
    """Compares a locked deal's books with its banks and stores the differences.

    For an ended deal nothing is compared while money moves, or when some has moved since the banks were asked.
    """
    if deal.final_at is not None:
        resolved = await steps_resolved(session, deal.id)
        if resolved is None or resolved != side.resolved:
            return ClosingView(balanced=False, compared=False)
    closing = await close_books(session, deal, await lock_payments_of(session, deal.id), side.operations)
    if closing.balanced:
        await refunds_were_compared(session, deal.id, closing.checked_at)
    return ClosingView(closing.balanced, closing.differences)
