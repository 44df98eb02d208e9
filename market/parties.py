"""A decision of one party about a deal, whose row is locked for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.agreements import Party
from domain.deals import DealState
from market.actor import Actor, lock_visible_deal, only_oneself, outdated
from market.acts import Outcome
from market.signals import Signal
from market.verdicts import Assessment, inspecting
from payloads.payment import Hint
from store.deals.agreements import party_of
from store.deals.deals import Deal
from store.people.users import user_of

Decision = Callable[[AsyncSession, Deal, Party], Awaitable[Assessment | None]]


async def lock_as_party(
    session: AsyncSession, actor: Actor, deal_id: UUID, user_id: UUID, events: int | None = None
) -> tuple[Deal, Party]:
    """The deal, locked, and the user's side of it.

    `events` is how many events the deal had when a page was shown. Raises `NotFound` unknown_deal, unknown_user,
    `Conflict` not_a_party, page_outdated.
    """
    only_oneself(actor, user_id, "user_id")
    deal = await lock_visible_deal(session, actor, deal_id)
    user = await user_of(session, actor.marketplace_id, user_id, "user_id")
    as_shown(deal, events)
    return deal, party_of(deal, user)


def as_shown(deal: Deal, events: int | None) -> None:
    """Refuses (`Conflict` page_outdated) unless a locked deal still has as many events as a page showed."""
    if events is not None and deal.events != events:
        raise outdated()


async def decide(
    session: AsyncSession, actor: Actor, deal_id: UUID, user_id: UUID, decision: Decision, events: int | None = None
) -> Outcome[Deal]:
    """Lets the user, one party of the deal, decide about it. Raises as `lock_as_party` and `decision`."""
    deal, party = await lock_as_party(session, actor, deal_id, user_id, events)
    return Outcome(deal, deal, signals_about(deal, await decision(session, deal, party)))


def signals_about(deal: Deal, assessed: Assessment | None) -> tuple[Signal, ...]:
    """Wakes the deal, the payments that a decision concerned and the refund that it planned; starts new payments.

    A deal that was paid from a wallet and pays its seller at once has nothing to do before all of it has arrived.
    """
    if assessed is None:
        return (Signal(deal),)
    decided = [payment for payment in assessed.payments if payment.id in assessed.steps]
    payments = [Signal(payment, deal) for payment in decided if payment not in assessed.opened]
    payments += [Signal(payment, deal, new=True) for payment in assessed.opened]
    refunds = [Signal(refund, deal) for refund in assessed.planned]
    if assessed.opened and on_its_way(assessed):
        return (*payments, *refunds)
    hint = Hint(closing=True) if assessed.closing else None
    return (Signal(deal, hint=hint), *payments, *refunds)


def on_its_way(assessed: Assessment) -> bool:
    """Whether the seller is being paid: the deal's workflow has nothing to do before all of it has arrived.

    What takes longer than that is signalled by the redriver, so that operators see the deal as funded.
    """
    deal = assessed.deal
    return deal.state == DealState.FUNDED and not inspecting(deal) and not assessed.closing
