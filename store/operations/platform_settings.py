"""Platform settings: the default commission, who may sign up, titles of deal states."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import NotFound
from store.base import Base
from store.deals.offers import MAX_COMMISSION_BP, Offer
from store.people.marketplaces import Marketplace


class PlatformSettings(Base):
    __tablename__ = "platform_settings"
    __table_args__ = (
        CheckConstraint("id", "one_row"),
        CheckConstraint(f"default_commission_bp BETWEEN 0 AND {MAX_COMMISSION_BP}", "commission"),
    )

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    default_commission_bp: Mapped[int]
    """Basis points (1 % = 100) for every offer without a commission of its own."""
    sign_up_marketplace_id: Mapped[UUID | None] = mapped_column(ForeignKey("marketplaces.id"))
    """The marketplace of people who sign up; None: sign-up is closed."""

    sign_up_currency: Mapped[str] = mapped_column(server_default=text("'RUB'"))
    """Currency of the wallet for people who sign up."""

    @property
    def default_commission_percent(self) -> str:
        return f"{self.default_commission_bp // 100}.{self.default_commission_bp % 100:02}"


class DealTitle(Base):
    __tablename__ = "deal_titles"
    __table_args__ = (CheckConstraint("en <> '' AND ru <> ''", "not_empty"),)

    state: Mapped[str] = mapped_column(primary_key=True)
    en: Mapped[str]
    ru: Mapped[str]


async def platform_settings(session: AsyncSession) -> PlatformSettings:
    """The current settings."""
    return (await session.scalars(select(PlatformSettings))).one()


async def set_default_commission(session: AsyncSession, commission_bp: int) -> int:
    """Sets the default for every offer without a commission of its own, from now on; returns how many offers those are.

    Deals keep the commission they began with.
    """
    # New offers read the row FOR SHARE, so none can be created with the old default meanwhile.
    row = (await session.scalars(select(PlatformSettings).with_for_update(key_share=True))).one()
    row.default_commission_bp = commission_bp
    await session.flush()
    changed = update(Offer).where(Offer.own_commission.is_(False)).values(commission_bp=commission_bp)
    return len(list(await session.scalars(changed.returning(Offer.id))))


async def allow_sign_up(session: AsyncSession, marketplace_id: UUID | None) -> None:
    """People who sign up become clients of this marketplace, or of none; `NotFound` unknown_marketplace."""
    if marketplace_id is not None and await session.get(Marketplace, marketplace_id) is None:
        raise NotFound("unknown_marketplace", "There is no such marketplace.", "sign_up_marketplace_id")
    row = (await session.scalars(select(PlatformSettings).with_for_update(key_share=True))).one()
    row.sign_up_marketplace_id = marketplace_id
    await session.flush()


async def deal_titles(session: AsyncSession) -> list[DealTitle]:
    """The titles that clients see for the states of a deal."""
    return list(await session.scalars(select(DealTitle).order_by(DealTitle.state)))


async def put_deal_title(session: AsyncSession, state: str, *, en: str, ru: str) -> DealTitle:
    """Sets a title. Raises `NotFound` unknown_state: the rules define the states."""
    title = await session.scalar(select(DealTitle).where(DealTitle.state == state).with_for_update(key_share=True))
    if title is None:
        raise NotFound("unknown_state", "Deals have no such state.")
    title.en, title.ru = en, ru
    await session.flush()
    return title
