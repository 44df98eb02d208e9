"""Wallets of users, and movements of money into and between them that need no workflow."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Refusal
from market.actor import Actor, only_oneself
from market.acts import Outcome
from store.operations.idempotency import names_of_movement
from store.people.users import user_of
from store.wallets import wallets
from store.wallets.movements import Moved, Movement, carry_out
from store.wallets.wallets import Wallet


async def open_wallet(session: AsyncSession, actor: Actor, user_id: UUID, currency: str) -> Outcome[Wallet]:
    """Opens an empty wallet of the user, one per currency. Raises `NotFound` unknown_user, and as `open_wallet`."""
    only_oneself(actor, user_id)
    user = await user_of(session, actor.marketplace_id, user_id, lock=True)
    wallet = await wallets.open_wallet(session, user, currency)
    return Outcome(wallet, wallet)


async def move(session: AsyncSession, movement: Movement) -> Outcome[Moved]:
    """Carries out one deposit or transfer, immediate and final. Raises as `carry_out` refuses it."""
    [result] = await carry_out(await session.connection(), [movement])
    if isinstance(result, Refusal):
        raise result
    return Outcome(result, names_of_movement(result))
