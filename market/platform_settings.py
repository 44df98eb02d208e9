"""What an administrator sets for the whole platform: the default commission, who may sign up, titles of states."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from market.acts import Outcome
from store.operations import platform_settings as rows
from store.operations.platform_settings import DealTitle, PlatformSettings


@dataclass(frozen=True, slots=True)
class Commission:
    """The default in basis points (1 % = 100), and how many offers follow it."""

    default_bp: int
    offers: int


async def set_default_commission(session: AsyncSession, commission_bp: int) -> Outcome[Commission]:
    """Changes the commission of all offers without one of their own. Deals keep what they began with."""
    offers = await rows.set_default_commission(session, commission_bp)
    return Outcome(Commission(commission_bp, offers), await rows.platform_settings(session))


async def allow_sign_up(session: AsyncSession, marketplace_id: UUID | None) -> Outcome[PlatformSettings]:
    """People who sign up become clients of this marketplace; None closes sign-up. Raises `NotFound`
    unknown_marketplace.
    """
    await rows.allow_sign_up(session, marketplace_id)
    row = await rows.platform_settings(session)
    return Outcome(row, row)


async def name_state(session: AsyncSession, state: str, *, en: str, ru: str) -> Outcome[DealTitle]:
    """What clients read instead of the name of a deal's state, in each language."""
    title = await rows.put_deal_title(session, state, en=en, ru=ru)
    return Outcome(title, title)
