"""Messages of the two parties of a deal, numbered without gaps, and how many of them each side has not read.

A message takes its number under the lock of its chat's row, so numbers are in the order of commits: a client that has
read up to a number has missed none before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.messages import MAX_TEXT, MAY_STILL_BE_CONFIRMED, UNREAD_FOR
from domain.rate_limits import MESSAGES_OF_PERSON
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


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides whether a user may say something in the chat of a deal; `buyer_id` None: there is no such deal."""

    buyer_id: UUID | None
    seller_id: UUID | None
    messages: int
    awaits_code: bool
    lately: int
    """How many messages the user has sent within the window of the rate limit, at most as many as it allows."""


@dataclass(frozen=True, slots=True)
class New:
    """A message to store: of a party, to the other one."""

    deal_id: UUID
    author_id: UUID
    reader_id: UUID
    text: str
    masked: bool


_STATES: Final = ", ".join(f"'{state}'" for state in MAY_STILL_BE_CONFIRMED)
_FACTS: Final = f"""
SELECT d.buyer_id, d.seller_id, coalesce(c.messages, 0) AS messages,
       EXISTS (SELECT FROM payments p WHERE p.deal_id = d.id AND p.state IN ({_STATES})) AS awaits_code,
       (SELECT count(*) FROM (
            SELECT FROM messages m
            WHERE m.author_id = a.author_id AND m.created_at > statement_timestamp() - $4::interval
            LIMIT $5
        ) recent) AS lately
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY AS a (deal_id, author_id, marketplace_id, place)
LEFT JOIN deals d ON d.id = a.deal_id AND (a.marketplace_id IS NULL OR d.marketplace_id = a.marketplace_id)
LEFT JOIN chats c ON c.deal_id = d.id
ORDER BY a.place
"""  # noqa: S608  # states of our own
# The join with `counted` makes the other parts wait for the lock of the chat. In order of ids, so that two groups of
# messages cannot deadlock.
_STORE: Final = """
WITH asked AS (
    SELECT a.*, row_number() OVER (PARTITION BY deal_id ORDER BY place) AS nth
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::boolean[])
         WITH ORDINALITY AS a (deal_id, author_id, reader_id, text, masked, place)
), counted AS (
    INSERT INTO chats AS c (deal_id, messages)
    SELECT deal_id, count(*) FROM asked GROUP BY deal_id ORDER BY deal_id
    ON CONFLICT (deal_id) DO UPDATE SET messages = c.messages + excluded.messages
    RETURNING deal_id, coalesce(old.messages, 0) AS before
), sides AS (
    INSERT INTO chat_sides AS s (deal_id, user_id, unread, mail_at)
    SELECT deal_id, reader_id, count(*), clock_timestamp() + $6::interval
    FROM asked JOIN counted USING (deal_id) GROUP BY deal_id, reader_id ORDER BY deal_id, reader_id
    ON CONFLICT (deal_id, user_id) DO UPDATE SET
        unread = s.unread + excluded.unread,
        mail_at = CASE WHEN s.mail_at IS NULL AND s.told <= s.read THEN excluded.mail_at ELSE s.mail_at END
)
INSERT INTO messages (deal_id, number, author_id, text, masked)
SELECT deal_id, before + nth, author_id, text, masked FROM asked JOIN counted USING (deal_id) ORDER BY place
RETURNING id, deal_id, number, author_id, text, masked, created_at
"""
_HISTORY: Final = """
SELECT a.place, m.*
FROM unnest($1::uuid[], $2::integer[]) WITH ORDINALITY AS a (deal_id, after, place)
CROSS JOIN LATERAL (
    SELECT id, deal_id, number, author_id, text, masked, created_at FROM messages
    WHERE deal_id = a.deal_id AND number > a.after ORDER BY number LIMIT $3
) m
ORDER BY a.place, m.number
"""


async def facts_each(connection: Statements, asked: Sequence[tuple[UUID, UUID, UUID | None]]) -> list[Facts]:
    """Facts about each (deal, user, marketplace), of any marketplace for None."""
    columns = [list(column) for column in zip(*asked, strict=True)]
    limit = MESSAGES_OF_PERSON
    rows = await connection.exec_driver_sql(_FACTS, (*columns, limit.window, limit.most))
    return [Facts(row.buyer_id, row.seller_id, row.messages, row.awaits_code, row.lately) for row in rows]


async def store_each(connection: Statements, new: Sequence[New]) -> list[Any]:
    """Stores messages, in order, and counts them as unread; returns their rows, with the columns of `Message`."""
    if not new:
        return []
    columns = (
        [one.deal_id for one in new],
        [one.author_id for one in new],
        [one.reader_id for one in new],
        [one.text for one in new],
        [one.masked for one in new],
    )
    stored: dict[UUID, list[Any]] = {}
    for row in sorted(
        await connection.exec_driver_sql(_STORE, (*columns, UNREAD_FOR)), key=lambda row: -int(row.number)
    ):
        stored.setdefault(row.deal_id, []).append(row)
    return [stored[one.deal_id].pop() for one in new]


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
