"""When each part of the sweep was last done: without a sweep nothing lost is found, and nobody would know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base, Created

PARTS: Final = ("deals", "payments", "refunds", "repairs", "payment_requests", "withdrawals")


class SweepRun(Base):
    """The last time that a part of the sweep came to its end, and what it found. The migration makes one for each."""

    __tablename__ = "sweep_runs"

    part: Mapped[str] = mapped_column(primary_key=True)
    ended_at: Mapped[Created]
    due: Mapped[int]
    reached: Mapped[int]


@dataclass(frozen=True, slots=True)
class LastSweep:
    """The part that was done the longest ago, when that was, and how long ago by the database's clock."""

    part: str
    at: datetime
    age_s: float

    def overdue(self, after_s: int) -> bool:
        return self.age_s > after_s


async def note_run(session: AsyncSession, part: str, due: int, reached: int) -> None:
    """Writes down that `part` was done now."""
    values = {"ended_at": func.clock_timestamp(), "due": due, "reached": reached}
    await session.execute(update(SweepRun).where(SweepRun.part == part).values(values))


async def last_sweep(session: AsyncSession, *, not_before: datetime | None = None) -> LastSweep:
    """The last whole sweep; what was done before `not_before` counts as done then."""
    at = SweepRun.ended_at if not_before is None else func.greatest(SweepRun.ended_at, not_before)
    age_s = func.extract("epoch", func.clock_timestamp() - at)
    found = (await session.execute(select(SweepRun.part, at, age_s).order_by(at).limit(1))).one()
    return LastSweep(found[0], found[1], max(float(found[2]), 0.0))
