"""What is still open at banks: the outcome of each of it may have to be asked for."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.deals.deals import Deal
from store.payments.payments import Payment
from store.payments.refunds import Refund
from store.wallets.withdrawals import Withdrawal


async def anything_open(session: AsyncSession, banks: Collection[int]) -> bool:
    """Whether a deal paid from one of these banks, a refund of it, or a withdrawal to one is not at its end."""
    queries = (
        select(Payment.id)
        .join(Deal, Deal.id == Payment.deal_id)
        .where(Deal.final_at.is_(None), Payment.payer_bank.in_(banks)),
        select(Withdrawal.id).where(Withdrawal.final_at.is_(None), Withdrawal.bank_id.in_(banks)),
        select(Refund.id)
        .join(Payment, Payment.deal_id == Refund.deal_id)
        .where(Refund.compared_at.is_(None), Payment.payer_bank.in_(banks)),
    )
    for query in queries:
        if await session.scalar(query.limit(1)) is not None:
            return True
    return False
