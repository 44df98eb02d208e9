"""Lists of what belongs to a wallet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from fronts.services import Services
from market.actor import Actor
from store.operations.settled import settled
from store.wallets.wallets import wallet_of

T = TypeVar("T")


async def listed_in_wallet(
    services: Services,
    caller: Actor,
    wallet_id: UUID,
    rows_of: Callable[..., Awaitable[list[T]]],
    after: UUID | None,
    limit: int,
) -> list[T]:
    """A page and one row more. Raises `NotFound` for another user's wallet."""
    until = await settled(services.database)
    async with services.replica.snapshot() as session:
        wallet = await wallet_of(session, caller.marketplace_id, wallet_id, owner=caller.user_id)
        return await rows_of(session, wallet.id, after, limit + 1, until=until)
