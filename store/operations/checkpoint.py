"""Checkpoints of the books, as reported to the bank: they reveal a database restored from an older copy.

A checkpoint is committed here first and then sent to the bank, which answers with the latest one that it knows. While
the books are behind, the trigger `books_are_current` refuses every write that has an idempotency key, and the redriver
starts nothing, until an operator resumes (`docs/operations.md`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base


class Checkpoint(Base):
    """One row. Times by the market database's clock."""

    __tablename__ = "checkpoint"

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    books: Mapped[UUID | None]
    """Names this database and every copy of it; drawn with the first checkpoint."""
    number: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    nonce: Mapped[UUID | None]
    taken_at: Mapped[datetime | None]
    behind_since: Mapped[datetime | None]
    """When the bank was found to know a later checkpoint."""
    latest: Mapped[int | None] = mapped_column(BigInteger)
    """The number of the latest checkpoint that the bank knows, while the books are behind."""
    resumed_at: Mapped[datetime | None]
    resumed_by: Mapped[str | None]
    resumed_why: Mapped[str | None]


@dataclass(frozen=True, slots=True)
class Taken:
    """A checkpoint that was committed and is to be sent now."""

    books: UUID
    number: int
    nonce: UUID


async def take_checkpoint(session: AsyncSession) -> Taken | None:
    """The next checkpoint; None while the books are behind."""
    taken = (
        update(Checkpoint)
        .where(Checkpoint.behind_since.is_(None))
        .values(
            books=func.coalesce(Checkpoint.books, func.gen_random_uuid()),
            number=Checkpoint.number + 1,
            nonce=func.gen_random_uuid(),
            taken_at=func.clock_timestamp(),
        )
        .returning(Checkpoint.books, Checkpoint.number, Checkpoint.nonce)
    )
    row = (await session.execute(taken)).one_or_none()
    return None if row is None else Taken(row.books, row.number, row.nonce)


async def compare_with_latest(session: AsyncSession, number: int, nonce: UUID) -> bool:
    """Whether the books are current, given the latest checkpoint that the bank knows; records it when they are behind.

    A checkpoint older than ours is an answer overtaken by another worker's.
    """
    row = await checkpoint(session, lock=True)
    if number > row.number or (number == row.number and nonce != row.nonce):
        row.behind_since = row.behind_since or func.clock_timestamp()
        row.latest = number
        await session.flush()
        return False
    return row.behind_since is None


async def resume(session: AsyncSession, by: str, why: str) -> None:
    """Accepts the books as they are: the next checkpoint is later than any that the bank knows."""
    row = await checkpoint(session, lock=True)
    row.number = max(row.number, row.latest or 0)
    row.behind_since, row.latest = None, None
    row.resumed_at, row.resumed_by, row.resumed_why = func.clock_timestamp(), by, why
    await session.flush()


async def behind_since(session: AsyncSession) -> datetime | None:
    """Since when the books are known to be behind, by the market database's clock; None while they are current."""
    since: datetime | None = await session.scalar(select(Checkpoint.behind_since))
    return since


def behind_words(since: datetime) -> str:
    """What that means and what to do, for the operator; `since` is UTC."""
    return (
        f"The books are behind the bank since {since:%Y-%m-%d %H:%M:%S} UTC, as after a restore from an older copy. "
        "Nothing new is written, and the redriver starts nothing. See what is missing with `holdfast restored show`, "
        "refund strays with `holdfast restored return-strays`, and go on with `holdfast restored resume`."
    )


async def checkpoint(session: AsyncSession, *, lock: bool = False) -> Checkpoint:
    """The current row."""
    query = select(Checkpoint).execution_options(populate_existing=True)
    return (await session.scalars(query.with_for_update(key_share=True) if lock else query)).one()
