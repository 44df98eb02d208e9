"""Marketplaces: the tenants. Every user, offer and deal belongs to one."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Text, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import NotFound
from store.base import Base, Created, Id


class Marketplace(Base):
    __tablename__ = "marketplaces"

    id: Mapped[Id]
    name: Mapped[str]
    return_origins: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """Scheme, host and port of the sites to which a hosted checkout may send buyers back."""
    created_at: Mapped[Created]


async def create_marketplace(session: AsyncSession, name: str) -> Marketplace:
    marketplace = Marketplace(name=name)
    session.add(marketplace)
    await session.flush()
    return marketplace


async def put_return_origins(session: AsyncSession, marketplace_id: UUID, origins: list[str]) -> Marketplace:
    """Replaces the sites to which buyers may be sent back; raises `NotFound` unknown_marketplace."""
    marketplace = await session.get(Marketplace, marketplace_id, with_for_update={"key_share": True})
    if marketplace is None:
        raise NotFound("unknown_marketplace", "There is no such marketplace.")
    marketplace.return_origins = origins
    await session.flush()
    return marketplace


async def marketplaces(session: AsyncSession, limit: int) -> list[Marketplace]:
    """All marketplaces, oldest first, at most `limit`."""
    return list(await session.scalars(select(Marketplace).order_by(Marketplace.id).limit(limit)))
