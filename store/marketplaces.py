"""Marketplaces: the tenants. Every user, offer and deal belongs to one."""

from __future__ import annotations

from sqlalchemy import Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

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
