"""Disputes: the buyer objects during the inspection, and nothing is paid before a decision."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.agreements import AgreementState, Party, Subject, may_be_disputed
from domain.deals import DealState
from domain.errors import Conflict
from market.verdicts import Assessment, assess, inspecting
from store import clock
from store.base import inline
from store.deals.agreements import Agreement, proposal, propose, resolve, withdraw
from store.deals.deals import Deal, move


async def dispute(session: AsyncSession, deal: Deal, party: Party, reason: str | None) -> Assessment:
    """The buyer disputes a locked deal during the inspection; its money stays where it is until a decision.

    Raises `Conflict` not_the_buyer, already_proposed, nothing_to_dispute, inspection_over, too_many_proposals.
    """
    if party is not Party.BUYER:
        raise Conflict("not_the_buyer", "Only the buyer can object.", "user_id")
    now = await clock.now(session, deal.id)
    may_be_disputed(DealState(deal.state), now, deal.inspect_by if inspecting(deal) else None)
    await propose(session, deal, Subject.DISPUTE, party, now, reason=reason)
    move(session, deal, DealState.DISPUTED)
    await session.flush()
    return await assess(session, deal)


async def retract_dispute(session: AsyncSession, deal: Deal, party: Party) -> Assessment:
    """The buyer retracts the dispute. The inspection continues, or the seller is paid if it has ended.

    Raises `Conflict` nothing_proposed.
    """
    await withdraw(session, deal, Subject.DISPUTE, party)
    move(session, deal, DealState.FUNDED)
    await session.flush()
    return await assess(session, deal)


async def end_dispute(session: AsyncSession, deal: Deal, state: AgreementState) -> None:
    """Ends the dispute about a locked deal, if there is one, because of another decision or agreement."""
    open_ = await proposal(session, deal.id, Subject.DISPUTE)
    if open_ is not None:
        await resolve(session, open_, state)


async def open_disputes(session: AsyncSession, after: UUID | None, limit: int) -> list[tuple[Agreement, Deal]]:
    """A page of the disputes that await a decision, each with its deal, the oldest first."""
    query = select(Agreement, Deal).join(Deal, Deal.id == Agreement.deal_id).order_by(Agreement.id).limit(limit)
    query = query.where(Agreement.subject == Subject.DISPUTE, Agreement.state == inline(AgreementState.PROPOSED))
    if after is not None:
        query = query.where(Agreement.id > after)
    return [(row[0], row[1]) for row in await session.execute(query)]


async def count_disputes(session: AsyncSession) -> int:
    """How many disputes await a decision."""
    query = select(func.count()).where(
        Agreement.subject == Subject.DISPUTE, Agreement.state == inline(AgreementState.PROPOSED)
    )
    return await session.scalar(query) or 0
