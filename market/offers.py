"""Offers: put up and changed by sellers, taken off sale and put back, approved or rejected by operators."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.money import Money
from domain.terms import Terms
from market.actor import Actor, marketplace_of, only_oneself
from market.acts import Outcome
from store import offers
from store.offers import DEFAULT_TERMS, Offer, offer_of, offer_of_seller
from store.users import user_of


@dataclass(frozen=True, slots=True)
class Draft:
    """What a seller offers: `quantity` units at `price` each, to be paid within `pay_within_s` seconds."""

    title: str
    description: str
    price: Money
    pay_within_s: int
    quantity: int
    terms: Terms = DEFAULT_TERMS


async def put_up(session: AsyncSession, actor: Actor, seller_id: UUID, draft: Draft) -> Outcome[Offer]:
    """Puts an offer up; it can be bought once an operator has approved it.

    Raises `NotFound` unknown_user and those of `create_offer`.
    """
    only_oneself(actor, seller_id, "seller_id")
    seller = await user_of(session, actor.marketplace_id, seller_id, "seller_id")
    offer = await offers.create_offer(
        session,
        marketplace_of(actor),
        seller.id,
        title=draft.title,
        description=draft.description,
        price=draft.price,
        pay_within_s=draft.pay_within_s,
        quantity=draft.quantity,
        terms=draft.terms,
    )
    return Outcome(offer, offer)


async def put_on_sale(session: AsyncSession, actor: Actor, offer_id: UUID, *, on_sale: bool) -> Outcome[Offer]:
    """Takes an offer off sale or puts it back, without moderation; deals go on. Raises `NotFound` unknown_offer."""
    offer = await lock_own(session, actor, offer_id)
    await offers.put_on_sale(session, offer, on_sale=on_sale)
    return Outcome(offer, offer)


async def lock_own(session: AsyncSession, actor: Actor, offer_id: UUID) -> Offer:
    """The offer, locked: a client's own, or any of the marketplace's. Raises `NotFound` unknown_offer."""
    if actor.user_id is None:
        return await offer_of(session, actor.marketplace_id, offer_id, lock=True)
    return await offer_of_seller(session, actor.user_id, offer_id, lock=True)
