"""Checkout links: a marketplace lets its buyer pay one deal on a hosted page, without a log-in."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from market.actor import Actor, visible_deal
from market.acts import Outcome
from store.deals.checkout_links import CheckoutLink, make_checkout_link, open_checkout


async def make(
    session: AsyncSession, actor: Actor, deal_id: UUID, return_url: str, lasts_s: int, pepper: bytes
) -> Outcome[CheckoutLink]:
    """A link that opens the payment of the deal once, within `lasts_s` seconds; see `link_token`.

    Raises `NotFound` unknown_deal, `Malformed` bad_return_url, return_url_not_allowed.
    """
    deal = await visible_deal(session, actor, deal_id)
    link = await make_checkout_link(session, pepper, deal, return_url, lasts_s)
    return Outcome(link, link)


async def open_(session: AsyncSession, token: str, pepper: bytes) -> tuple[CheckoutLink, str] | None:
    """Uses a link up; returns it with the token of the checkout that begins.

    None when it is unknown, has expired, or was opened before.
    """
    return await open_checkout(session, pepper, token)
