"""Statuses of deals: administrators define them, parties and operators set them. No workflow learns of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.deals import DealState
from domain.errors import Malformed
from domain.statuses import Setter, is_offered, may_be_set, may_set_another
from market.actor import Actor, lock_visible_deal
from market.acts import Outcome
from market.parties import lock_as_party
from store.deals import statuses as rows
from store.deals.deals import Deal
from store.deals.statuses import Status


@dataclass(frozen=True, slots=True)
class Put:
    """`created`: there was none with this code."""

    status: Status
    created: bool


async def put(
    session: AsyncSession,
    code: str,
    *,
    en: str,
    ru: str,
    states: Collection[DealState],
    set_by: Collection[Setter],
    active: bool = True,
) -> Outcome[Put]:
    """An administrator creates or changes a status. Deals that have it keep it; their history keeps its names."""
    status, created = await rows.put_status(
        session,
        code,
        en=en,
        ru=ru,
        states=[state for state in DealState if state in states],
        set_by=[setter for setter in Setter if setter in set_by],
        active=active,
    )
    return Outcome(Put(status, created), status)


async def set_status(
    session: AsyncSession,
    actor: Actor,
    deal_id: UUID,
    code: str,
    *,
    user_id: UUID | None = None,
    operator_id: UUID | None = None,
    events: int | None = None,
) -> Outcome[Deal]:
    """The user, one party of the deal, or an operator sets its status; setting the same again changes nothing.

    `events` is how many events the deal had when a page was shown. Raises as `lock_as_party`, `Malformed`
    missing_field, invalid_field, `NotFound` unknown_status, `Conflict` status_retired, status_not_for_party,
    status_not_for_state, too_many_statuses.
    """
    deal, setter = await _lock(session, actor, deal_id, user_id, events)
    if deal.status == code:
        return Outcome(deal, deal)
    status = await rows.status_of(session, code, settle=True)
    may_be_set(status.states, status.set_by, DealState(deal.state), setter, active=status.active)
    may_set_another(len(await rows.statuses_set(session, deal.id)))
    await rows.give_status(session, deal, status, setter, operator_id)
    return Outcome(deal, deal)


async def _lock(
    session: AsyncSession, actor: Actor, deal_id: UUID, user_id: UUID | None, events: int | None
) -> tuple[Deal, Setter]:
    """The deal, locked, and who sets its status."""
    if actor.marketplace_id is None:
        if user_id is not None:
            raise Malformed("invalid_field", "An operator sets a status for no party.", "user_id")
        return await lock_visible_deal(session, actor, deal_id), Setter.OPERATOR
    if user_id is None:
        raise Malformed("missing_field", "Which party sets it?", "user_id")
    deal, party = await lock_as_party(session, actor, deal_id, user_id, events)
    return deal, Setter(party)


async def offered(session: AsyncSession, deal: Deal, setter: Setter) -> list[Status]:
    """The statuses that `setter` can now set on the deal, without the one that it has."""
    state = DealState(deal.state)
    return [
        status
        for status in await rows.statuses(session)
        if status.active and status.code != deal.status and is_offered(status.states, status.set_by, state, setter)
    ]
