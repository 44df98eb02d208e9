"""Holds between wallets: money stays in the payer's wallet until it is captured for the payee, voided, or expires."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.money import Money
from market.actor import Actor, marketplace_of, only_party
from market.acts import Outcome
from store.wallets import holds as rows
from store.wallets.holds import Hold


async def hold(
    session: AsyncSession,
    actor: Actor,
    payer_wallet_id: UUID,
    payee_wallet_id: UUID,
    money: Money,
    details: str,
    expires_in: timedelta,
) -> Outcome[Hold]:
    """Holds the payer's money for the payee. Raises as `hold_money`."""
    made = await rows.hold_money(
        session,
        marketplace_of(actor),
        payer_wallet_id,
        payee_wallet_id,
        money,
        details=details,
        expires_in=expires_in,
        owner=actor.user_id,
    )
    return Outcome(made, made)


async def capture(session: AsyncSession, actor: Actor, hold_id: UUID, money: Money | None) -> Outcome[Hold]:
    """Captures all of a hold, or a part, for the payee; once. Raises `NotFound`, `Forbidden`, and as `rows.capture`."""
    found = await _locked(session, actor, hold_id)
    await rows.capture(session, found, money)
    return Outcome(found, found)


async def void(session: AsyncSession, actor: Actor, hold_id: UUID) -> Outcome[Hold]:
    """Voids a hold. The payer has promised the money, so of two clients only the payee may. Raises as `capture`."""
    found = await _locked(session, actor, hold_id)
    await rows.void(session, found)
    return Outcome(found, found)


async def _locked(session: AsyncSession, actor: Actor, hold_id: UUID) -> Hold:
    """The hold, locked, for the marketplace or for the payee."""
    found = await rows.hold_of(session, actor.marketplace_id, hold_id, party=actor.user_id, lock=True)
    only_party(actor, await rows.payee_of(session, found))
    return found
