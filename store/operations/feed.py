"""Events of the feed: written by the database with what they are about, numbered after the commit, read by number.

Ids and times are in the order of writing, which is not that of commits: a reader who goes on after the last one would
miss what commits late. A number is given under the lock of the marketplace's feed, which lasts until the commit. So
numbers have no gap, and everything up to one that is visible is visible too.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import NotFound
from domain.feed import COMPLETED, OF_MOVEMENTS, Noun, object_of_movement
from edge.plain import Statements
from store.base import Base, Created, Id


class FeedEvent(Base):
    __tablename__ = "feed_events"
    __table_args__ = (
        CheckConstraint("number > 0", "number"),
        Index("ix_feed_events_unnumbered", "marketplace_id", "wrote", postgresql_where=text("number IS NULL")),
        Index(
            "uq_feed_events_number",
            "marketplace_id",
            "number",
            unique=True,
            postgresql_where=text("number IS NOT NULL"),
        ),
        Index("ix_feed_events_created_at", "marketplace_id", "created_at", postgresql_where=text("number IS NOT NULL")),
        Index("ix_feed_events_type", "marketplace_id", "type", "number", postgresql_where=text("number IS NOT NULL")),
    )

    id: Mapped[Id]
    wrote: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    """In the order of writing; of one deal, or anything else that is locked to be changed, also that of commits."""
    marketplace_id: Mapped[UUID] = mapped_column(ForeignKey("marketplaces.id"))
    number: Mapped[int | None] = mapped_column(BigInteger)
    """1, 2, 3, … within the marketplace; None until it is numbered."""
    type: Mapped[str]
    noun: Mapped[str]
    object_id: Mapped[UUID]
    deal_id: Mapped[UUID | None] = mapped_column(ForeignKey("deals.id"))
    state: Mapped[str]
    """Of the object, when it happened."""
    caller: Mapped[str | None]
    """Whose request it was, such as `user/…`; None for what follows by itself."""
    created_at: Mapped[Created]


class Feed(Base):
    __tablename__ = "feeds"

    marketplace_id: Mapped[UUID] = mapped_column(ForeignKey("marketplaces.id"), primary_key=True)
    numbered: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))


# Marketplaces are few; of each the index shows at once whether anything is left.
_UNNUMBERED: Final = text(
    """
    SELECT marketplace_id FROM feeds f
    WHERE EXISTS (SELECT FROM feed_events e WHERE e.marketplace_id = f.marketplace_id AND e.number IS NULL)
    ORDER BY marketplace_id
    """
)
_NUMBER: Final = text(
    """
    WITH fresh AS (
        SELECT id, CAST(:numbered AS bigint) + row_number() OVER (ORDER BY wrote) AS number
        FROM (
            SELECT id, wrote FROM feed_events
            WHERE marketplace_id = :marketplace AND number IS NULL ORDER BY wrote LIMIT :most
        ) oldest
    )
    UPDATE feed_events e SET number = fresh.number FROM fresh WHERE e.id = fresh.id
    """
)


async def unnumbered(session: AsyncSession) -> list[UUID]:
    """The marketplaces with events that have no number yet."""
    return list(await session.scalars(_UNNUMBERED))


async def number_events(session: AsyncSession, marketplace_id: UUID, most: int) -> tuple[int, int]:
    """Numbers committed events of a marketplace, oldest first, at most so many: the last number before, and now.

    Two programs that do it take turns. The lock comes first and the look in a later statement, which sees everything
    that was numbered under an earlier lock.
    """
    lock = select(Feed).where(Feed.marketplace_id == marketplace_id).with_for_update(key_share=True)
    feed = (await session.scalars(lock.execution_options(populate_existing=True))).one()
    before = feed.numbered
    values = {"numbered": before, "marketplace": marketplace_id, "most": most}
    done: Any = await session.execute(_NUMBER, values)
    feed.numbered = before + done.rowcount
    await session.flush()
    return before, feed.numbered


# Plain SQL: once for each group of movements, hundreds at a time.
_PUBLISH: Final = f"""
INSERT INTO feed_events (marketplace_id, type, noun, object_id, state, caller)
SELECT marketplace, type, noun, object, '{COMPLETED}', caller
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[]) AS m (marketplace, type, noun, object, caller)
"""  # noqa: S608  # no input


@dataclass(frozen=True, slots=True)
class MovementEvent:
    """A deposit or transfer that the ledger has just posted."""

    marketplace_id: UUID
    noun: Noun
    operation_id: int
    caller: str


async def publish_movements(connection: Statements, made: Sequence[MovementEvent]) -> None:
    """Writes one event for each, by one statement: movements have no row whose trigger could."""
    if not made:
        return
    columns = (
        [one.marketplace_id for one in made],
        [OF_MOVEMENTS[one.noun] for one in made],
        [str(one.noun) for one in made],
        [object_of_movement(one.operation_id) for one in made],
        [one.caller for one in made],
    )
    await connection.exec_driver_sql(_PUBLISH, columns)


# A page of each type, by the index: a rare one costs no more than a frequent one.
_OF_TYPES: Final = text(
    """
    SELECT e.id FROM unnest(CAST(:types AS text[])) AS wanted (type)
    CROSS JOIN LATERAL (
        SELECT id, number FROM feed_events
        WHERE marketplace_id = :marketplace AND type = wanted.type AND number > :after ORDER BY number LIMIT :most
    ) e
    ORDER BY e.number LIMIT :most
    """
)


async def events_after(
    session: AsyncSession, marketplace_id: UUID, after: int, limit: int, types: Collection[str] = ()
) -> list[FeedEvent]:
    """A page of the marketplace's numbered events above `after`, in the order of numbers; of these types, if given."""
    query = select(FeedEvent).where(FeedEvent.marketplace_id == marketplace_id, FeedEvent.number > after)
    if types:
        values = {"types": sorted(types), "marketplace": marketplace_id, "after": after, "most": limit}
        found = list(await session.scalars(_OF_TYPES, values))
        query = select(FeedEvent).where(FeedEvent.id.in_(found))
    return list(await session.scalars(query.order_by(FeedEvent.number).limit(limit)))


async def event_of(session: AsyncSession, marketplace_id: UUID, event_id: UUID) -> FeedEvent:
    """The marketplace's numbered event; `NotFound` unknown_event otherwise."""
    event = await session.get(FeedEvent, event_id)
    if event is None or event.marketplace_id != marketplace_id or event.number is None:
        raise NotFound("unknown_event", "There is no such event.")
    return event


async def types_of(session: AsyncSession, event_ids: Collection[UUID]) -> dict[UUID, str]:
    """The type of each of these events."""
    query = select(FeedEvent.id, FeedEvent.type).where(FeedEvent.id.in_(event_ids))
    return {row[0]: row[1] for row in await session.execute(query)} if event_ids else {}
