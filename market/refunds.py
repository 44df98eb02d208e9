"""Refunds of a completed deal: money goes back to the buyer, from the seller and the platform's commission."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.agreements import Party
from domain.errors import Conflict, Forbidden
from domain.money import Money
from domain.terms import Cause
from market.actor import Actor, only_oneself, visible_deal
from market.acts import Outcome
from market.parties import as_shown
from market.signals import Signal
from store import refunds
from store.agreements import party_of
from store.deals import lock_deal
from store.refunds import Refund
from store.users import user_of


async def request_refund(
    session: AsyncSession,
    actor: Actor,
    deal_id: UUID,
    seller_id: UUID | None,
    amount: Money | None,
    cause: Cause,
    reason: str,
    requested_by: str,
    events: int | None = None,
) -> Outcome[Refund]:
    """Plans a refund of `amount`, or of all that is left of the price.

    `seller_id` is the user who decides it, None when the marketplace or an operator does. `events` is how many events
    the deal had when a page was shown. Raises `NotFound` unknown_deal, unknown_user, `Forbidden` other_party,
    `Conflict` not_a_party, not_the_seller, page_outdated and those of `store.refunds.request_refund`.
    """
    if actor.user_id is not None and seller_id is None:
        raise Forbidden("other_party", "A client can refund only what they received as the seller.")
    await visible_deal(session, actor, deal_id)
    deal = await lock_deal(session, deal_id)
    as_shown(deal, events)
    if seller_id is not None:
        only_oneself(actor, seller_id, "user_id")
        user = await user_of(session, deal.marketplace_id, seller_id, "user_id")
        if party_of(deal, user) is not Party.SELLER:
            raise Conflict("not_the_seller", "Only the seller can refund what the seller received.", "user_id")
    refund = await refunds.request_refund(session, deal, amount, cause, reason, requested_by)
    return Outcome(refund, refund, (Signal(deal, refund=refund),))
