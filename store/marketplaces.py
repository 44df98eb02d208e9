"""Marketplaces: the tenants. Every user, offer and deal belongs to one."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped

from store.base import Base, Created, Id


class Marketplace(Base):
    __tablename__ = "marketplaces"

    id: Mapped[Id]
    name: Mapped[str]
    created_at: Mapped[Created]


async def create_marketplace(session: AsyncSession, name: str) -> Marketplace:
    marketplace = Marketplace(name=name)
    session.add(marketplace)
    await session.flush()
    return marketplace
