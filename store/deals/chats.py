"""Who is at the chat of a deal: a party with a token or a session, or an operator, whose looks are recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ForeignKey, Index, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.deals import DealState
from edge.plain import Statements
from store.base import Base, Created, Id
from store.payments.events import Event


class ChatReading(Base):
    """An operator has begun to read the chat of a disputed deal. Never changed."""

    __tablename__ = "chat_readings"
    __table_args__ = (Index("ix_chat_readings_deal_id", "deal_id", "operator_id", "created_at"),)

    id: Mapped[Id]
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deals.id"))
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operators.id"))
    created_at: Mapped[Created]


@dataclass(frozen=True, slots=True)
class Credential:
    """What a person identifies with: the grant of an access token and the token's expiry, or a session's digest."""

    grant_id: UUID | None = None
    expires_at: datetime | None = None
    session_digest: bytes | None = None


# Whether a credential is valid is decided by the database, every time: it may have ended since the last look.
LOGIN: Final = """
LEFT JOIN grants g ON g.id = a.grant_id AND g.ended_at IS NULL
    AND g.expires_at > clock_timestamp() AND a.expires_at > clock_timestamp()
LEFT JOIN sessions s ON s.digest = a.digest AND s.ended_at IS NULL AND s.expires_at > clock_timestamp()
LEFT JOIN logins l ON l.id = coalesce(g.login_id, s.login_id) AND l.disabled_at IS NULL
"""
# One snapshot: who is admitted, and what was said in the chat by then. Operators read only once that is recorded.
_COME: Final = f"""
SELECT a.place, l.user_id, l.operator_id, d.state, d.buyer_id, d.seller_id,
       m.id, a.deal_id, m.number, m.author_id, m.text, m.masked, m.created_at
FROM unnest($1::uuid[], $2::timestamptz[], $3::bytea[], $4::uuid[], $5::integer[])
     WITH ORDINALITY AS a (grant_id, expires_at, digest, deal_id, after, place)
{LOGIN}
LEFT JOIN deals d ON d.id = a.deal_id AND l.id IS NOT NULL
LEFT JOIN LATERAL (
    SELECT id, number, author_id, text, masked, created_at FROM messages
    WHERE deal_id = d.id AND l.user_id IN (d.buyer_id, d.seller_id) AND number > a.after ORDER BY number LIMIT $6
) m ON true
ORDER BY a.place, m.number
"""  # noqa: S608  # a text of our own
_AT_THE_DOOR: Final = f"""
SELECT l.user_id, l.operator_id, d.state, d.buyer_id, d.seller_id
FROM unnest($1::uuid[], $2::timestamptz[], $3::bytea[], $4::uuid[])
     WITH ORDINALITY AS a (grant_id, expires_at, digest, deal_id, place)
{LOGIN}
LEFT JOIN deals d ON d.id = a.deal_id AND l.id IS NOT NULL
ORDER BY a.place
"""  # noqa: S608  # a text of our own


async def come_each(
    connection: Statements, asked: Sequence[tuple[Credential, UUID, int]], limit: int
) -> list[tuple[Any, list[Any]]]:
    """For each (credential, deal, number) as `at_the_door`, and at most `limit` messages of the deal with a greater
    number, oldest first, if it is a party's.
    """
    columns = (
        [one.grant_id for one, _, _ in asked],
        [one.expires_at for one, _, _ in asked],
        [one.session_digest for one, _, _ in asked],
        [deal_id for _, deal_id, _ in asked],
        [after for _, _, after in asked],
    )
    found: dict[int, tuple[Any, list[Any]]] = {}
    for row in await connection.exec_driver_sql(_COME, (*columns, limit)):
        _, page = found.setdefault(row.place, (row, []))
        if row.number is not None:
            page.append(row)
    return [found[place] for place in range(1, len(asked) + 1)]


async def at_the_door(connection: Statements, asked: Sequence[tuple[Credential, UUID]]) -> list[Any]:
    """Who each credential belongs to, and the parties and state of each deal; all None where there is none."""
    columns = (
        [one.grant_id for one, _ in asked],
        [one.expires_at for one, _ in asked],
        [one.session_digest for one, _ in asked],
        [deal_id for _, deal_id in asked],
    )
    return list(await connection.exec_driver_sql(_AT_THE_DOOR, columns))


async def record_reading(session: AsyncSession, deal_id: UUID, operator_id: UUID) -> bool:
    """Records that an operator reads the chat of a disputed deal, whose row is locked.

    Returns whether it is the operator's first time in this dispute.
    """
    began = select(func.max(Event.created_at)).where(
        Event.subject_id == deal_id, Event.type == f"deal.{DealState.DISPUTED}"
    )
    before = select(ChatReading.id).where(
        ChatReading.deal_id == deal_id,
        ChatReading.operator_id == operator_id,
        ChatReading.created_at > began.scalar_subquery(),
    )
    known = await session.scalar(before.limit(1))
    session.add(ChatReading(deal_id=deal_id, operator_id=operator_id))
    await session.flush()
    return known is None
