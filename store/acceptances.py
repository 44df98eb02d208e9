"""Acceptances: the buyer is content, and the seller is paid before the time to inspect is over."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from domain.agreements import AgreementState, Party
from domain.deals import DealState
from domain.errors import Conflict
from store import clock
from store.deals import Deal, move, record_event
from store.disputes import end_dispute
from store.verdicts import Standing, assess, inspecting


async def accept(session: AsyncSession, deal: Deal, party: Party) -> Standing:
    """The buyer accepts a locked deal, which decides to pay the seller; his own dispute about it is over.

    Raises `Conflict` not_the_buyer, nothing_to_accept.
    """
    if party is not Party.BUYER:
        raise Conflict("not_the_buyer", "It is for the buyer to accept.", "user_id")
    if deal.state == DealState.DISPUTED:
        await end_dispute(session, deal, AgreementState.WITHDRAWN)
        move(session, deal, DealState.FUNDED)
        await session.flush()
    if not inspecting(deal) or deal.accepted_at is not None:
        raise Conflict("nothing_to_accept", "Nothing of this deal awaits acceptance.")
    deal.accepted_at = await clock.now(session, deal.id)
    record_event(session, deal, "deal.accepted")
    await session.flush()
    return await assess(session, deal.id)
