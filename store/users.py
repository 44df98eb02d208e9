"""Users of a marketplace: buyers and sellers. One user may be both."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import Conflict, NotFound
from store.base import Base, Created, Id


class User(Base):
    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("marketplace_id", "reference"),
        Index("ix_users_email", text("lower(email)")),
    )

    id: Mapped[Id]
    marketplace_id: Mapped[UUID] = mapped_column(ForeignKey("marketplaces.id"))
    reference: Mapped[str | None]
    """The marketplace's own id of the user; unique within the marketplace."""
    name: Mapped[str]
    email: Mapped[str]
    created_at: Mapped[Created]


async def create_user(
    session: AsyncSession, marketplace_id: UUID, *, name: str, email: str, reference: str | None
) -> User:
    """Creates a user; `Conflict` user_exists when the marketplace used `reference` before."""
    fresh = insert(User).values(marketplace_id=marketplace_id, name=name, email=email, reference=reference)
    user: User | None = await session.scalar(fresh.on_conflict_do_nothing().returning(User))
    if user is None:
        raise Conflict("user_exists", "There is a user with this reference already.", "reference")
    return user


async def user_of(
    session: AsyncSession, marketplace_id: UUID | None, user_id: UUID, field: str | None = None, *, lock: bool = False
) -> User:
    """The marketplace's user (any for None, an operator); `NotFound` unknown_user for unknown and foreign ids alike."""
    query = select(User).where(User.id == user_id)
    if marketplace_id is not None:
        query = query.where(User.marketplace_id == marketplace_id)
    user = await session.scalar(query.with_for_update() if lock else query)
    if user is None:
        raise NotFound("unknown_user", "There is no such user.", field)
    return user


async def update_user(session: AsyncSession, user: User, *, name: str | None, email: str | None) -> User:
    """Changes what is given of a locked user. Links mailed to an address that he leaves are the caller's to end."""
    if name is not None:
        user.name = name
    if email is not None:
        user.email = email
    await session.flush()
    return user


async def users_after(session: AsyncSession, marketplace_id: UUID | None, after: UUID | None, limit: int) -> list[User]:
    """A page of users in the order of their ids (oldest first), those after `after`."""
    query = select(User).order_by(User.id).limit(limit)
    if marketplace_id is not None:
        query = query.where(User.marketplace_id == marketplace_id)
    if after is not None:
        query = query.where(User.id > after)
    return list(await session.scalars(query))
