"""Buying: a deal begins when a buyer takes one unit of an approved offer."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.money import Money
from market.actor import Actor, marketplace_of, only_oneself, outdated
from market.acts import Outcome
from market.signals import Signal
from store import deals
from store.deals import Deal, purchases
from store.offers import offer_of
from store.users import user_of


@dataclass(frozen=True, slots=True)
class Shown:
    """What the buyer was shown, as far as the front knows it: the offer's version, its price, and how many deals about
    it they had begun. The purchase is refused if this has changed.
    """

    version: int | None = None
    price: Money | None = None
    purchases: int | None = None


async def buy(
    session: AsyncSession, actor: Actor, offer_id: UUID, buyer_id: UUID, shown: Shown | None = None
) -> Outcome[Deal]:
    """Buys one unit of an approved offer; the deal awaits payment until `pay_by`.

    Raises `NotFound` unknown_user, unknown_offer, `Conflict` page_outdated and those of `store.deals.buy`.
    """
    only_oneself(actor, buyer_id, "buyer_id")
    shown = shown or Shown()
    counted = shown.purchases is not None
    buyer = await user_of(session, actor.marketplace_id, buyer_id, "buyer_id", lock=counted)
    if counted and await purchases(session, buyer.id, offer_id) != shown.purchases:
        raise outdated()
    if actor.user_id is not None and not counted:  # an offer that no page has shown them stays unknown
        await offer_of(session, actor.marketplace_id, offer_id, client=actor.user_id)
    deal = await deals.buy(
        session, marketplace_of(actor), offer_id=offer_id, buyer=buyer, version=shown.version, price=shown.price
    )
    return Outcome(deal, deal, (Signal(deal),))
