"""Corrections of wallets for mistakes: one operator asks, another approves, and the owner reads why."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.corrections import Way
from domain.money import Money
from market.acts import Outcome
from store.people.operators import operator_of
from store.wallets import corrections as rows
from store.wallets.corrections import Correction
from store.wallets.wallets import wallet_of


async def request(
    session: AsyncSession, operator_id: UUID, wallet_id: UUID, way: Way, money: Money, reason: str
) -> Outcome[Correction]:
    """Asks for money to go into a wallet or out of it. Nothing moves before a second operator approves.

    Raises `NotFound` unknown_wallet, `Conflict` wrong_currency.
    """
    wallet = await wallet_of(session, None, wallet_id, "wallet_id")
    made = await rows.request(session, wallet, way, money, reason, operator_id)
    return Outcome(made, made)


async def decide(
    session: AsyncSession, operator_id: UUID, correction_id: UUID, *, approve: bool
) -> Outcome[Correction]:
    """The second person's decision; an approval books it at once. A refusal changes nothing: it still waits.

    Raises `NotFound` unknown_correction, and as `store.wallets.corrections.approve`.
    """
    correction = await rows.correction_of(session, correction_id, lock=True)
    operator = await operator_of(session, operator_id)
    await (rows.approve if approve else rows.reject)(session, correction, operator)
    return Outcome(correction, correction)


async def retract(session: AsyncSession, operator_id: UUID, correction_id: UUID) -> Outcome[Correction]:
    """Raises `NotFound` unknown_correction, `Forbidden` other_operator, `Conflict` correction_ended."""
    correction = await rows.correction_of(session, correction_id, lock=True)
    await rows.retract(session, correction, operator_id)
    return Outcome(correction, correction)
