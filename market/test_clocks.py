"""The time of a sandbox's deal is moved ahead, and everything about the deal looks at the clock at once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from market.actor import Actor, lock_visible_deal
from market.acts import Outcome
from market.signals import Signal
from store.deals.deals import Deal
from store.deals.test_clocks import move_ahead, require_sandbox
from store.payments.payments import payments_of
from store.payments.refunds import refunds_of


async def advance(session: AsyncSession, actor: Actor, deal_id: UUID, by: timedelta) -> Outcome[Deal]:
    """Moves the time of a deal, with its payments, refunds and dispute, ahead; their workflows are signalled.

    Raises `NotFound` test_clock_off, unknown_deal, `Conflict` test_clock_too_far.
    """
    await require_sandbox(session)
    deal = await lock_visible_deal(session, actor, deal_id)
    await move_ahead(session, deal.id, by)
    rows = [deal, *await payments_of(session, deal.id), *await refunds_of(session, deal.id)]
    return Outcome(deal, deal, tuple(Signal(row, deal) for row in rows if row.final_at is None))
