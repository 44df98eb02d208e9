"""Flags: noting that an operator should look. Nothing is decided by one, and the first note stays."""

from __future__ import annotations

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from edge.database import Database
from store.deals import lock_deal
from store.deals import record_event as record_deal_event
from store.payments import Payment, lock_with_deal, record_event
from store.refunds import Refund, lock_refund


async def flag_payment(database: Database, payment: Payment) -> None:
    """Notes that an operator should look at a payment and its deal."""

    async def work(session: AsyncSession) -> None:
        deal, locked = await lock_with_deal(session, payment.id)
        if locked.flagged_at is None:
            locked.flagged_at = func.clock_timestamp()
            record_event(session, locked, "payment.flagged")
        if deal.flagged_at is None:
            deal.flagged_at = func.clock_timestamp()

    await database.run(work)


async def flag_refund(database: Database, row: Refund) -> None:
    """Notes that an operator should look at a refund and its deal."""

    async def work(session: AsyncSession) -> None:
        deal = await lock_deal(session, row.deal_id)
        locked = await lock_refund(session, row.id)
        if locked.flagged_at is None:
            locked.flagged_at = func.clock_timestamp()
            record_deal_event(session, deal, "refund.flagged", number=locked.number)
        if deal.flagged_at is None:
            deal.flagged_at = func.clock_timestamp()

    await database.run(work)
