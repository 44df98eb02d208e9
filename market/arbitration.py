"""Arbitration: what operators do about disputes. A decision is an override, whose reason stands in the history."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.disputes import DisputeState, may_take, must_be_arbiter, must_be_open
from market import overrides
from market.actor import outdated
from market.acts import Outcome
from market.overrides import Requested
from store import clock
from store.deals.deals import Deal, lock_deal, record_event
from store.deals.disputes import Dispute, dispute_of, note_times
from store.payments.overrides import Asked
from store.people.operators import arbiter_still, operator_of


async def take(session: AsyncSession, operator_id: UUID, dispute_id: UUID) -> Outcome[Dispute]:
    """An arbiter takes a dispute: only they decide it, until the time to decide is over.

    Raises `NotFound` unknown_dispute, `Conflict` dispute_ended, dispute_taken, `Forbidden` role_missing,
    second_arbiter_needed.
    """
    must_be_arbiter(arbiter=(await operator_of(session, operator_id)).arbiter)
    deal, dispute = await _lock(session, dispute_id)
    await note_times(session, deal, dispute, await clock.now(session, deal.id))
    assigned = await arbiter_still(session, dispute.arbiter_id)
    may_take(operator_id, assigned, dispute.replaced_id)
    if assigned is None:
        dispute.arbiter_id = operator_id
        record_event(session, deal, "deal.dispute_taken", operator=str(operator_id))
        await session.flush()
    return Outcome(dispute, dispute)


async def decide(
    session: AsyncSession,
    operator_id: UUID,
    dispute_id: UUID,
    asked: Asked,
    *,
    alone_up_to: int,
    entries: int | None = None,
) -> Outcome[Requested]:
    """The arbiter decides a dispute: an override of its deal, as `market.overrides.ask` makes it.

    `entries` is how many statements and offers had been read. Raises `NotFound` unknown_dispute, `Conflict`
    dispute_ended, page_outdated, and as `market.overrides.ask`.
    """
    deal, dispute = await _lock(session, dispute_id)
    if entries is not None and dispute.entries != entries:
        raise outdated()
    return await overrides.ask(session, operator_id, deal.id, None, asked, alone_up_to=alone_up_to)


async def _lock(session: AsyncSession, dispute_id: UUID) -> tuple[Deal, Dispute]:
    """The open dispute, and its deal, locked; who has the deal's lock may change its dispute."""
    deal = await lock_deal(session, (await dispute_of(session, dispute_id)).deal_id)
    dispute = await dispute_of(session, dispute_id)
    await session.refresh(dispute)
    must_be_open(DisputeState(dispute.state))
    return deal, dispute
