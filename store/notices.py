"""Notices: news for people by mail. Written in the transaction of the event, and mailed afterwards.

A trigger writes one for each event of a deal or payment that people get mails about; other code calls `put_notice`. So
a notice commits together with its event, in any order of commits, and none is skipped. The mails are stored under the
notice's key in the transaction that ends the notice: none is lost, none is sent twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, func, select, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Created


class Notice(Base):
    """No foreign keys: the money's transaction must not read a user's row for a mail."""

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint("num_nonnulls(event_id, user_id) = 1", "about_one"),
        Index("ix_notices_waiting", "id", postgresql_where=text("told_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_id: Mapped[int | None] = mapped_column(BigInteger)
    """The event to report to its deal's parties."""
    user_id: Mapped[UUID | None]
    """Or the user to notify."""
    kind: Mapped[str]
    """The type of the event, or the kind of mail."""
    key: Mapped[str] = mapped_column(unique=True)
    """The permanent name of the news; the mail's key is derived from it."""
    data: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    """Facts for the mail's text. No secrets."""
    told_at: Mapped[datetime | None]
    created_at: Mapped[Created]


async def put_notice(session: AsyncSession, user_id: UUID, kind: str, key: str, data: Mapping[str, str]) -> None:
    """Has a user told of something after the commit; a key that was used before changes nothing.

    `kind` names the mail (`texts/mails.py`); `key` is made of the business id and what happened.
    """
    row = insert(Notice).values(user_id=user_id, kind=kind, key=key, data=dict(data))
    await session.execute(row.on_conflict_do_nothing())


async def next_notice(session: AsyncSession, after: int) -> Notice | None:
    """The oldest waiting notice with an id above `after` that no other worker has locked, locked; None for none."""
    waiting = select(Notice).where(Notice.told_at.is_(None), Notice.id > after).order_by(Notice.id).limit(1)
    return await session.scalar(waiting.with_for_update(skip_locked=True, key_share=True))


async def told(session: AsyncSession, notice: Notice) -> None:
    """Ends a locked notice whose mails have been stored."""
    notice.told_at = await session.scalar(select(func.clock_timestamp()))
    await session.flush()
