"""Users of a marketplace: buyers and sellers. One user may be both."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import Conflict, NotFound
from edge.turns import lock_row
from store.base import Base, Created, Id


class User(Base):
    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("marketplace_id", "reference"),
        CheckConstraint("language IN ('en', 'ru')", "language"),
        Index("ix_users_email", text("lower(email)")),
    )

    id: Mapped[Id]
    marketplace_id: Mapped[UUID] = mapped_column(ForeignKey("marketplaces.id"))
    reference: Mapped[str | None]
    """The marketplace's own id of the user; unique within the marketplace."""
    name: Mapped[str]
    email: Mapped[str]
    wanted_email: Mapped[str | None]
    """The new address, once confirmed (`store/people/email_changes.py`)."""
    language: Mapped[str] = mapped_column(server_default=text("'en'"))
    """Language of the user's mails: `en` or `ru`."""
    created_at: Mapped[Created]


async def create_user(
    session: AsyncSession,
    marketplace_id: UUID,
    *,
    name: str,
    email: str,
    reference: str | None,
    language: str = "en",
) -> User:
    """Creates a user; `Conflict` user_exists when the marketplace used `reference` before."""
    fresh = insert(User).values(
        marketplace_id=marketplace_id, name=name, email=email, reference=reference, language=language
    )
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
    user = await (lock_row(session, query, user_id) if lock else session.scalar(query))
    if user is None:
        raise NotFound("unknown_user", "There is no such user.", field)
    return user


async def lock_person(session: AsyncSession, user_id: UUID) -> None:
    """Serialises counting: one transaction at a time counts rows of this user. Rows may still be added."""
    await lock_row(session, select(User.id).where(User.id == user_id), user_id)


async def user_of_reference(session: AsyncSession, marketplace_id: UUID, reference: str) -> User | None:
    """The marketplace's user by the marketplace's own id, locked; None when there is none yet."""
    query = select(User.id).where(User.marketplace_id == marketplace_id, User.reference == reference)
    user_id = await session.scalar(query)
    return None if user_id is None else await lock_row(session, select(User).where(User.id == user_id), user_id)


async def update_user(
    session: AsyncSession, user: User, *, name: str | None = None, language: str | None = None
) -> User:
    """Changes the given details of a locked user. Only `store/people/email_changes.py` changes the address."""
    user.name = user.name if name is None else name
    user.language = user.language if language is None else language
    await session.flush()
    return user


async def users_after(
    session: AsyncSession, marketplace_id: UUID | None, after: UUID | None, limit: int, until: datetime
) -> list[User]:
    """A page of users in the order of their ids (oldest first), those after `after`."""
    query = select(User).where(User.created_at < until).order_by(User.id).limit(limit)
    if marketplace_id is not None:
        query = query.where(User.marketplace_id == marketplace_id)
    if after is not None:
        query = query.where(User.id > after)
    return list(await session.scalars(query))


async def names_of(session: AsyncSession, user_ids: Collection[UUID]) -> dict[UUID, str]:
    """The name of each of these users."""
    query = select(User.id, User.name).where(User.id.in_(user_ids))
    return {row[0]: row[1] for row in await session.execute(query)}
