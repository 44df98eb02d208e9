"""The JSON of deals, with payments, refunds and proposals."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from api.deals.schemas import DealNowOut, deal_now_out
from domain.deals import DealState
from market.agreements import open_proposals
from store import clock
from store.deals.deals import Deal
from store.deals.disputes import open_dispute
from store.payments.payments import payments_of
from store.payments.refunds import refunds_of


async def show_deal(session: AsyncSession, deal: Deal, *, for_operator: bool = False) -> DealNowOut:
    """The deal as a marketplace or an operator sees it, including this transaction's changes."""
    await session.flush()
    proposals = await open_proposals(session, deal)
    payments, refunds = await payments_of(session, deal.id), await refunds_of(session, deal.id)
    now = await clock.now(session, deal.id)
    dispute = await open_dispute(session, deal.id) if deal.state == DealState.DISPUTED else None
    return deal_now_out(deal, payments, refunds, proposals, now, dispute=dispute, for_operator=for_operator)


async def show_bought(session: AsyncSession, deal: Deal) -> DealNowOut:
    """The same of a deal that began in this transaction. It asks nothing: other buyers wait for the offer."""
    return deal_now_out(deal, [], [], {}, deal.created_at, for_operator=False)
