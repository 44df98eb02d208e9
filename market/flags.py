"""Flags for operators, and a bank's limits for payers. Nothing is decided by one."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from edge.database import Database
from edge.wire import utc
from store import clock
from store.deals.deals import Deal, lock_deal
from store.deals.deals import record_event as record_deal_event
from store.payments.payments import Payment, lock_with_deal, record_event
from store.payments.refunds import Refund, lock_refund
from store.wallets.withdrawals import Withdrawal, withdrawal_of


async def flag_payment(database: Database, payment: Payment) -> None:
    """Flags a payment and its deal for operators; the first time stays."""

    async def work(session: AsyncSession) -> None:
        deal, locked = await lock_with_deal(session, payment.id)
        if locked.flagged_at is None:
            locked.flagged_at = func.clock_timestamp()
            record_event(session, locked, "payment.flagged")
        if deal.flagged_at is None:
            deal.flagged_at = func.clock_timestamp()

    await database.run(work)


async def defer_payment(database: Database, payment: Payment, reason: str, seconds: int) -> None:
    """Records for the payer that the bank is asked again only after `seconds`, because of its limit `reason`."""

    async def work(session: AsyncSession) -> None:
        await defer(session, *await lock_with_deal(session, payment.id), reason, seconds)

    await database.run(work)


async def defer(session: AsyncSession, deal: Deal, payment: Payment, reason: str, seconds: int) -> None:
    """The same for a locked payment, within a transaction."""
    until = await clock.now(session, deal.id) + timedelta(seconds=seconds)
    payment.defer(reason, until)
    record_event(session, payment, "payment.delayed", reason=reason, until=utc(until))


async def flag_refund(database: Database, row: Refund) -> None:
    """Flags a refund and its deal for operators."""

    async def work(session: AsyncSession) -> None:
        deal = await lock_deal(session, row.deal_id)
        locked = await lock_refund(session, row.id)
        if locked.flagged_at is None:
            locked.flagged_at = func.clock_timestamp()
            record_deal_event(session, deal, "refund.flagged", number=locked.number)
        if deal.flagged_at is None:
            deal.flagged_at = func.clock_timestamp()

    await database.run(work)


async def flag_deal(database: Database, deal_id: UUID) -> None:
    """Flags a deal for operators; the first time stays."""

    async def work(session: AsyncSession) -> None:
        deal = await lock_deal(session, deal_id)
        if deal.flagged_at is None:
            deal.flagged_at = func.clock_timestamp()

    await database.run(work)


async def flag_withdrawal(database: Database, withdrawal: Withdrawal) -> None:
    """Flags a withdrawal for operators; the first time stays."""

    async def work(session: AsyncSession) -> None:
        locked = await withdrawal_of(session, None, withdrawal.id, lock=True)
        if locked.flagged_at is None:
            locked.flagged_at = func.clock_timestamp()

    await database.run(work)
