"""Notices: what somebody is to be told by mail. Written in the transaction of what happened, and told afterwards.

A trigger writes one for each event of a deal or payment that people are told of; whoever else has something to tell
calls `put_notice`. So a notice commits together with what it tells of, whatever the order of commits; nothing is read
past. Telling puts mails with the notice's key in the transaction that ends the notice: none is lost, none comes twice.
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
    """No foreign keys: the money's transaction is not to look at a user's row for the sake of a mail."""

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint("num_nonnulls(event_id, user_id) = 1", "about_one"),
        Index("ix_notices_waiting", "id", postgresql_where=text("told_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_id: Mapped[int | None] = mapped_column(BigInteger)
    """The event of which its deal's parties are told."""
    user_id: Mapped[UUID | None]
    """Or the user who is told."""
    kind: Mapped[str]
    """The type of the event, or what the letter's text is found by."""
    key: Mapped[str] = mapped_column(unique=True)
    """Names what happened for ever; the key of the mail comes from it."""
    data: Mapped[dict[str, str]] = mapped_column(JSONB, server_default=text("'{}'"))
    """What the letter says beside its own words. No secrets."""
    told_at: Mapped[datetime | None]
    created_at: Mapped[Created]


async def put_notice(session: AsyncSession, user_id: UUID, kind: str, key: str, data: Mapping[str, str]) -> None:
    """Has a user told of something after the commit; a key that was used before changes nothing.

    `kind` names the mail (`texts/mails.py`); `key` is made of the business id and what happened.
    """
    row = insert(Notice).values(user_id=user_id, kind=kind, key=key, data=dict(data))
    await session.execute(row.on_conflict_do_nothing())


async def next_notice(session: AsyncSession, after: int) -> Notice | None:
    """The oldest waiting notice with an id above `after` that nobody else is telling, locked; None for none."""
    waiting = select(Notice).where(Notice.told_at.is_(None), Notice.id > after).order_by(Notice.id).limit(1)
    return await session.scalar(waiting.with_for_update(skip_locked=True, key_share=True))


async def told(session: AsyncSession, notice: Notice) -> None:
    """Ends a locked notice whose mails have been put."""
    notice.told_at = await session.scalar(select(func.clock_timestamp()))
    await session.flush()
