"""What an administrator decides about a marketplace."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from market.acts import Outcome
from store.deals.checkout_links import origin_of
from store.people.marketplaces import Marketplace, put_return_origins


async def name_return_origins(session: AsyncSession, marketplace_id: UUID, urls: Iterable[str]) -> Outcome[Marketplace]:
    """Replaces the sites to which a hosted checkout may send buyers back; an address stands for its site.

    Raises `Malformed` bad_return_url, `NotFound` unknown_marketplace.
    """
    origins = sorted({origin_of(url, "origins") for url in urls})
    marketplace = await put_return_origins(session, marketplace_id, origins)
    return Outcome(marketplace, marketplace)
