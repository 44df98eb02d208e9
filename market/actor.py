"""Actors: what they may see, and for whom they may decide."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict, Forbidden, NotFound
from store.deals.deals import Deal, deal_of, lock_deal
from store.payments.payments import Payment, lock_with_deal


@dataclass(frozen=True, slots=True)
class Actor:
    """A marketplace, which acts for any of its users; one user (`user_id`); or an operator (no marketplace).

    `deal_id` is set for a buyer who came by a checkout link: they see only that deal.
    """

    marketplace_id: UUID | None
    user_id: UUID | None = None
    deal_id: UUID | None = None


def marketplace_of(actor: Actor) -> UUID:
    """The marketplace that acts, or whose user does; never called for an operator."""
    if actor.marketplace_id is None:
        raise Forbidden("marketplace_key_needed", "This is done with the API key of a marketplace.")
    return actor.marketplace_id


async def visible_deal(session: AsyncSession, actor: Actor, deal_id: UUID) -> Deal:
    """The deal, if the actor may see it; `NotFound` unknown_deal otherwise."""
    if actor.deal_id not in (None, deal_id):
        raise NotFound("unknown_deal", "There is no such deal.")
    return await deal_of(session, actor.marketplace_id, deal_id, party=actor.user_id)


async def lock_visible_deal(session: AsyncSession, actor: Actor, deal_id: UUID) -> Deal:
    """The deal, locked, if the actor may see it; `NotFound` unknown_deal otherwise."""
    if actor.deal_id not in (None, deal_id):
        raise NotFound("unknown_deal", "There is no such deal.")
    return await lock_deal(session, deal_id, actor.marketplace_id, party=actor.user_id)


async def lock_visible_payment(session: AsyncSession, actor: Actor, payment_id: UUID) -> tuple[Deal, Payment]:
    """The payment and its deal, both locked, the deal first. Raises `NotFound` unknown_payment."""
    deal, payment = await lock_with_deal(session, payment_id, actor.marketplace_id, party=actor.user_id)
    if actor.deal_id not in (None, deal.id):
        raise NotFound("unknown_payment", "There is no such payment.")
    return deal, payment


def only_oneself(actor: Actor, user_id: UUID, field: str | None = None) -> None:
    """Users act only for themselves: everybody else is unknown to them. Raises `NotFound` unknown_user."""
    if actor.user_id is not None and actor.user_id != user_id:
        raise NotFound("unknown_user", "There is no such user.", field)


def only_party(actor: Actor, user_id: UUID) -> None:
    """For acts of one party of a deal that the actor sees. Raises `Forbidden` other_party."""
    if actor.user_id is not None and actor.user_id != user_id:
        raise Forbidden("other_party", "Only the other party can do this.")


def outdated() -> Conflict:
    """Refuses an act on something that has changed since a page showed it."""
    return Conflict("page_outdated", "This page is out of date: something has changed since. Look again.")
