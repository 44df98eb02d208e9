"""What the scanner knows of the providers that it reads the chain from: whether they answer, and what is wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base

FIRST: Final = "tron/first"
SECOND: Final = "tron/second"


class ChainProvider(Base):
    """One row for each provider that was ever asked. All times are the market database's."""

    __tablename__ = "chain_providers"

    name: Mapped[str] = mapped_column(primary_key=True)
    head: Mapped[int | None] = mapped_column(BigInteger)
    """The newest solidified block that it has named."""
    head_moved_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    """When it last answered. Noted from time to time."""
    silent_since: Mapped[datetime | None]
    """Since when it has not given what it was asked for."""
    complaint: Mapped[str | None]
    """What was wrong last, while it is silent or contradicts what is booked."""
    broken_since: Mapped[datetime | None]
    """Since when its blocks do not continue what is booked."""


# A standstill is reported when it lasts longer than nine minutes and the usual grace of one.
TROUBLE: Final = """
SELECT CASE
    WHEN p.broken_since IS NOT NULL
        THEN format('block %s is booked, and the provider contradicts it since %s: %s', c.block, p.broken_since,
                    p.complaint)
    WHEN p.silent_since IS NOT NULL
        THEN format('block %s is booked, and the provider does not give the next since %s: %s', c.block, p.silent_since,
                    p.complaint)
    WHEN p.head > c.block
        THEN format('block %s is booked since %s, though the provider has %s', c.block, c.moved_at, p.head)
    ELSE format('block %s is booked since %s, and the provider has none after it', c.block, c.moved_at)
    END AS detail,
    coalesce(p.broken_since, p.silent_since, c.moved_at + interval '9 minutes') AS since
FROM chain_cursors c JOIN chain_providers p ON p.name = 'tron/first'
WHERE c.network = 'tron'
"""
"""Why the chain is not read, and since when: nothing is wrong while that is younger than a minute."""

_TOLD: Final = text(f"SELECT detail FROM ({TROUBLE}) t WHERE since < clock_timestamp() - interval '1 minute'")  # noqa: S608  # ours
_ANSWERED: Final = text(
    """
    INSERT INTO chain_providers AS p (name, head, head_moved_at, answered_at)
    VALUES (:name, :head, clock_timestamp(), clock_timestamp())
    ON CONFLICT (name) DO UPDATE SET
        head = excluded.head,
        head_moved_at = CASE WHEN excluded.head IS DISTINCT FROM p.head THEN clock_timestamp() ELSE p.head_moved_at END,
        answered_at = clock_timestamp(), silent_since = NULL, broken_since = NULL, complaint = NULL
    """
)
_SILENT: Final = text(
    """
    INSERT INTO chain_providers AS p (name, silent_since, complaint) VALUES (:name, clock_timestamp(), :why)
    ON CONFLICT (name) DO UPDATE SET
        silent_since = coalesce(p.silent_since, clock_timestamp()), complaint = excluded.complaint
    """
)
_BROKEN: Final = text(
    """
    INSERT INTO chain_providers AS p (name, broken_since, complaint) VALUES (:name, clock_timestamp(), :why)
    ON CONFLICT (name) DO UPDATE SET
        broken_since = coalesce(p.broken_since, clock_timestamp()), complaint = excluded.complaint, silent_since = NULL
    """
)


async def note_answer(session: AsyncSession, name: str, head: int | None) -> None:
    """The provider gave what it was asked for, and its newest solidified block is `head`."""
    await session.execute(_ANSWERED, {"name": name, "head": head})


async def note_silence(session: AsyncSession, name: str, why: str) -> None:
    """It did not; the first time stays."""
    await session.execute(_SILENT, {"name": name, "why": why})


async def note_broken(session: AsyncSession, name: str, why: str) -> None:
    """Its blocks do not continue what is booked; the first time stays."""
    await session.execute(_BROKEN, {"name": name, "why": why})


async def troubles(session: AsyncSession) -> list[str]:
    """What an operator should know about reading the chain; nothing while it is read."""
    return list(await session.scalars(_TOLD))
