"""Messages of the two parties of a deal, numbered without gaps, and how many of them each side has not read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.messages import MAX_TEXT
from edge.plain import Statements
from store.base import Base, Created, Id
from store.mail.notices import put_notice


class Chat(Base):
    """The chat of a deal that has messages."""

    __tablename__ = "chats"

    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deals.id"), primary_key=True)
    messages: Mapped[int]
    """How many: the number of the last one."""


class Message(Base):
    """Never changed."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("deal_id", "number"),
        CheckConstraint("number > 0", "number"),
        CheckConstraint(f"char_length(text) BETWEEN 1 AND {MAX_TEXT}", "length"),
        Index("ix_messages_author_id", "author_id", "created_at"),
    )

    id: Mapped[Id]
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("chats.deal_id"))
    number: Mapped[int]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str]
    masked: Mapped[bool]
    """Something in it had the form of a confirmation code, and was not stored."""
    created_at: Mapped[Created]


class ChatSide(Base):
    """What one party has read of a chat."""

    __tablename__ = "chat_sides"
    __table_args__ = (
        CheckConstraint("read >= 0 AND unread >= 0 AND told >= 0", "counts"),
        CheckConstraint("mail_at IS NULL OR unread > 0", "mail"),
        Index("ix_chat_sides_mail_at", "mail_at", postgresql_where=text("mail_at IS NOT NULL")),
    )

    deal_id: Mapped[UUID] = mapped_column(ForeignKey("chats.deal_id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    read: Mapped[int] = mapped_column(server_default=text("0"))
    """The number up to which it has read."""
    unread: Mapped[int] = mapped_column(server_default=text("0"))
    """How many messages of the other party have a greater number."""
    told: Mapped[int] = mapped_column(server_default=text("0"))
    """The number up to which a mail has reported unread messages. No other mail follows before it is read."""
    mail_at: Mapped[datetime | None]
    """When such a mail is due."""


_HISTORY: Final = """
SELECT a.place, m.*
FROM unnest($1::uuid[], $2::integer[]) WITH ORDINALITY AS a (deal_id, after, place)
CROSS JOIN LATERAL (
    SELECT id, deal_id, number, author_id, text, masked, created_at FROM messages
    WHERE deal_id = a.deal_id AND number > a.after ORDER BY number LIMIT $3
) m
ORDER BY a.place, m.number
"""


async def history_each(connection: Statements, asked: Sequence[tuple[UUID, int]], limit: int) -> list[list[Any]]:
    """For each (deal, number) at most `limit` messages with a greater number, oldest first."""
    found: list[list[Any]] = [[] for _ in asked]
    columns = [list(column) for column in zip(*asked, strict=True)]
    for row in await connection.exec_driver_sql(_HISTORY, (*columns, limit)):
        found[row.place - 1].append(row)
    return found


async def latest(session: AsyncSession, deal_id: UUID, before: int | None, limit: int) -> list[Message]:
    """At most `limit` messages before a number, or the newest ones; newest first."""
    query = select(Message).where(Message.deal_id == deal_id)
    if before is not None:
        query = query.where(Message.number < before)
    return list(await session.scalars(query.order_by(Message.number.desc()).limit(limit)))


async def count_of(session: AsyncSession, deal_id: UUID, *, lock: bool = False) -> int:
    """How many messages a deal has; with `lock` none is added before the transaction ends."""
    query = select(Chat.messages).where(Chat.deal_id == deal_id)
    return await session.scalar(query.with_for_update(key_share=True) if lock else query) or 0


async def sides_of(session: AsyncSession, deal_id: UUID) -> dict[UUID, ChatSide]:
    """What each party has read, by user; none for one to whom nothing was said."""
    query = select(ChatSide).where(ChatSide.deal_id == deal_id).execution_options(populate_existing=True)
    return {side.user_id: side for side in await session.scalars(query)}


async def unread_of(session: AsyncSession, user_id: UUID, deal_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many messages of each of these deals a user has not read, where there are any."""
    query = select(ChatSide.deal_id, ChatSide.unread).where(
        ChatSide.deal_id.in_(deal_ids), ChatSide.user_id == user_id, ChatSide.unread > 0
    )
    return {row.deal_id: row.unread for row in await session.execute(query)}


# The chat is locked before (`count_of`), so that no message is stored between the count and the change.
_READ: Final = text(
    """
    UPDATE chat_sides SET read = :number, unread = rest.unread,
        mail_at = CASE WHEN rest.unread = 0 THEN NULL ELSE mail_at END
    FROM (
        SELECT count(*) AS unread FROM messages
        WHERE deal_id = :deal_id AND number > :number AND author_id <> :user_id
    ) rest
    WHERE chat_sides.deal_id = :deal_id AND user_id = :user_id AND read < :number
    """
)


async def mark_read(session: AsyncSession, deal_id: UUID, user_id: UUID, number: int) -> None:
    """The user has read up to `number`, of a locked chat; what was read before stays read."""
    await session.execute(_READ, {"deal_id": deal_id, "user_id": user_id, "number": number})


_DUE: Final = text(
    """
    WITH due AS (
        SELECT deal_id, user_id, unread FROM chat_sides WHERE mail_at <= statement_timestamp()
        ORDER BY mail_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE chat_sides s SET mail_at = NULL, told = c.messages
    FROM due JOIN chats c ON c.deal_id = due.deal_id
    WHERE s.deal_id = due.deal_id AND s.user_id = due.user_id
    RETURNING s.deal_id, s.user_id, s.unread, s.told
    """
)


async def note_unread(session: AsyncSession, limit: int) -> int:
    """Writes a notice for each party that has left a message unread for `UNREAD_FOR`; returns how many.

    One mail reports all that is unread; the next is due for what comes after the party has read that.
    """
    due = (await session.execute(_DUE, {"limit": limit})).all()
    for deal_id, user_id, unread, told in due:
        key = f"deal/{deal_id}/messages/{told}/{user_id}"
        await put_notice(
            session, user_id, "deal.messages_unread", key, {"deal_id": str(deal_id), "unread": str(unread)}
        )
    return len(due)
