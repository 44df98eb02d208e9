"""The answer to what a party does about a dispute."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Tenant
from api.disputes.schemas import DisputeOut, dispute_out
from api.fields import PartyIn
from api.writes import WriteRequest
from fronts.writes import shown
from market import disputes
from market.parties import Decision
from store.deals.deals import deal_of
from store.deals.disputes import Dispute, entries_of


async def answer_dispute(
    write: WriteRequest, caller: Tenant, deal_id: UUID, body: PartyIn, decision: Decision
) -> Response:
    """Answers with the dispute after what `body.user_id` has added to it."""
    work = shown(202, lambda session: disputes.act(session, caller, deal_id, body.user_id, decision), _show)
    return await write.answer(caller, body, work)


async def _show(session: AsyncSession, dispute: Dispute) -> DisputeOut:
    await session.flush()
    deal = await deal_of(session, None, dispute.deal_id)
    return dispute_out(dispute, deal, await entries_of(session, dispute.id))
