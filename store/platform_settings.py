"""Platform settings: the default commission, who may sign up, titles of deals' states."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import NotFound
from store.base import Base
from store.marketplaces import Marketplace
from store.offers import MAX_COMMISSION_BP, Offer


class PlatformSettings(Base):
    __tablename__ = "platform_settings"
    __table_args__ = (
        CheckConstraint("id", "one_row"),
        CheckConstraint(f"default_commission_bp BETWEEN 0 AND {MAX_COMMISSION_BP}", "commission"),
    )

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    default_commission_bp: Mapped[int]
    """Basis points (1 % = 100) of every offer without a commission of its own."""
    sign_up_marketplace_id: Mapped[UUID | None] = mapped_column(ForeignKey("marketplaces.id"))
    """Where people who sign up become clients; None: nobody signs up."""

    sign_up_currency: Mapped[str] = mapped_column(server_default=text("'RUB'"))
    """Of the wallet that who signs up gets."""

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
    """The settings as they are now."""
    return (await session.scalars(select(PlatformSettings))).one()


async def set_default_commission(session: AsyncSession, commission_bp: int) -> int:
    """The default from now on, for every offer without a commission of its own; returns how many offers those are.

    Deals keep the commission they began with.
    """
    # New offers read the row FOR SHARE: none can slip in with the old default.
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
    """What clients read instead of the name of each state of a deal."""
    return list(await session.scalars(select(DealTitle).order_by(DealTitle.state)))


async def put_deal_title(session: AsyncSession, state: str, *, en: str, ru: str) -> DealTitle:
    """`NotFound` unknown_state: states are the rules' and not made here, only named."""
    title = await session.scalar(select(DealTitle).where(DealTitle.state == state).with_for_update(key_share=True))
    if title is None:
        raise NotFound("unknown_state", "Deals have no such state.")
    title.en, title.ru = en, ru
    await session.flush()
    return title
