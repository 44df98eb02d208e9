"""A dispute with all that was added to it, read for its own address and for events."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from api.disputes.schemas import WholeDisputeOut, whole_dispute_out
from store.deals.deals import Deal
from store.deals.disputes import Dispute, entries_of
from store.payments.overrides import why_decided


async def show_dispute(session: AsyncSession, deal: Deal, dispute: Dispute, *, for_operator: bool) -> WholeDisputeOut:
    entries, why = await entries_of(session, dispute.id), await why_decided(session, dispute)
    return whole_dispute_out(dispute, deal, entries, why, for_operator=for_operator)
