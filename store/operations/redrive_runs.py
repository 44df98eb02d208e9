"""When each part of the redriver last ran: shows when it stops, since lost signals then stay lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Created


class RedriveRun(Base):
    """When a part of the redriver last completed, and how many rows it found. The migration makes one for each."""

    __tablename__ = "redrive_runs"

    part: Mapped[str] = mapped_column(primary_key=True)
    ended_at: Mapped[Created]
    due: Mapped[int]
    reached: Mapped[int]


@dataclass(frozen=True, slots=True)
class LastRedrive:
    """The part that has not run for the longest time, when it ran, and how long ago by the database's clock."""

    part: str
    at: datetime
    age_s: float

    def overdue(self, after_s: int) -> bool:
        return self.age_s > after_s


async def note_runs(session: AsyncSession, runs: Mapping[str, tuple[int, int]]) -> None:
    """Records that these parts have run now, with how many rows each has found and reached."""
    values = [
        {"part": part, "ended_at": func.clock_timestamp(), "due": due, "reached": reached}
        for part, (due, reached) in runs.items()
    ]
    made = insert(RedriveRun).values(values)
    found = {name: made.excluded[name] for name in ("ended_at", "due", "reached")}
    await session.execute(made.on_conflict_do_update(index_elements=["part"], set_=found))


async def last_redrive(session: AsyncSession, *, not_before: datetime | None = None) -> LastRedrive:
    """The last complete redrive; runs before `not_before` count as if they were then."""
    at = RedriveRun.ended_at if not_before is None else func.greatest(RedriveRun.ended_at, not_before)
    age_s = func.extract("epoch", func.clock_timestamp() - at)
    found = (await session.execute(select(RedriveRun.part, at, age_s).order_by(at).limit(1))).one()
    return LastRedrive(found[0], found[1], max(float(found[2]), 0.0))
