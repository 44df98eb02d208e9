"""Offers: created and changed by sellers, taken off sale and put back, approved or rejected by operators."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict
from domain.money import Money
from domain.terms import Terms
from market.actor import Actor, marketplace_of, only_oneself, outdated
from market.acts import Outcome
from store.deals import offers
from store.deals.offers import DEFAULT_TERMS, Offer, offer_of, offer_of_seller
from store.operations.platform_settings import platform_settings
from store.people.users import user_of


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
    """Creates an offer; it can be bought once an operator has approved it.

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


@dataclass(frozen=True, slots=True)
class Changes:
    """A seller's changes of an offer; None leaves a value unchanged.

    `more` is the change of the quantity in units, independent of sales meanwhile; None: no unit is left.
    """

    title: str | None = None
    description: str | None = None
    price: Money | None = None
    pay_within_s: int | None = None
    more: int | None = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """An operator's decision about an offer, with its own commission in basis points (1 % = 100) if given.

    `reason` is that of a rejection, `version` the one that was examined. `default_percent` is the default commission
    that a page has shown: the approval is refused if it has changed.
    """

    approve: bool
    commission_bp: int | None = None
    reason: str | None = None
    version: int | None = None
    default_percent: str | None = None

    @property
    def follows_default(self) -> bool:
        return self.approve and self.commission_bp is None


async def change(session: AsyncSession, actor: Actor, offer_id: UUID, version: str, changes: Changes) -> Outcome[Offer]:
    """Changes an offer, which then awaits moderation again unless only the quantity has changed.

    `version` is the one that the seller was shown. Raises `NotFound` unknown_offer, `Conflict` page_outdated.
    """
    offer = await lock_own(session, actor, offer_id)
    if str(offer.version) != version:
        raise outdated()
    await offers.change_offer(
        session,
        offer,
        title=offer.title if changes.title is None else changes.title,
        description=offer.description if changes.description is None else changes.description,
        price=changes.price or offer.price,
        pay_within_s=changes.pay_within_s or offer.pay_within_s,
        more=-offer.quantity if changes.more is None else changes.more,
    )
    return Outcome(offer, offer)


async def moderate(session: AsyncSession, offer_id: UUID, decision: Decision) -> Outcome[Offer]:
    """Approves or rejects an offer, once; its seller is mailed. Raises `NotFound` unknown_offer, `Conflict`
    offer_moderated, offer_changed, page_outdated.
    """
    if decision.follows_default and decision.default_percent is not None:
        default_percent = (await platform_settings(session)).default_commission_percent
        if default_percent != decision.default_percent:
            raise Conflict("page_outdated", "The default percent has changed since: look again.", "percent")
    offer = await offers.moderate(
        session,
        offer_id,
        approve=decision.approve,
        commission_bp=decision.commission_bp,
        reason=decision.reason,
        version=decision.version,
    )
    return Outcome(offer, offer)


async def put_on_sale(session: AsyncSession, actor: Actor, offer_id: UUID, *, on_sale: bool) -> Outcome[Offer]:
    """Takes an offer off sale or puts it back, without moderation; deals continue. Raises `NotFound` unknown_offer."""
    offer = await lock_own(session, actor, offer_id)
    await offers.put_on_sale(session, offer, on_sale=on_sale)
    return Outcome(offer, offer)


async def lock_own(session: AsyncSession, actor: Actor, offer_id: UUID) -> Offer:
    """The offer, locked: a client's own, or any of the marketplace's. Raises `NotFound` unknown_offer."""
    if actor.user_id is None:
        return await offer_of(session, actor.marketplace_id, offer_id, lock=True)
    return await offer_of_seller(session, actor.user_id, offer_id, lock=True)
