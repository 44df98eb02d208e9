"""Counted tries within a window of time. One atomic statement, committed before the work begins."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from store.base import Base

WINDOW: Final = timedelta(minutes=15)
# Subjects share counters by chance, one in a million; in return invented logins cannot fill the table.
BUCKETS: Final = 2**20


class Tries(Base):
    __tablename__ = "tries"

    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int]
    began_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Counted:
    """By how many tries the fullest counter exceeds its limit, and when its window ends."""

    exceeded: bool
    retry_after_s: int


async def count(session: AsyncSession, pepper: bytes, limits: Mapping[str, int]) -> Counted:
    """Counts one try of each subject; `limits` says how many of it a window allows. Commit before continuing.

    In order of their buckets, so that two transactions that count the same subjects cannot deadlock.
    """
    buckets = {bucket_of(subject, pepper): limit for subject, limit in limits.items()}
    exceeded, retry_after_s = False, 0
    now = func.clock_timestamp()
    for bucket, limit in sorted(buckets.items()):
        over = Tries.began_at <= now - WINDOW
        counted = insert(Tries).values(bucket=bucket, count=1, began_at=now)
        counted = counted.on_conflict_do_update(
            index_elements=[Tries.bucket],
            set_={
                "count": case((over, 1), else_=Tries.count + 1),
                "began_at": case((over, now), else_=Tries.began_at),
            },
        )
        left = func.ceil(func.extract("epoch", Tries.began_at + WINDOW - now))
        row = (await session.execute(counted.returning(Tries.count, left))).one()
        if row[0] > limit:
            exceeded, retry_after_s = True, max(retry_after_s, int(row[1]), 1)
    return Counted(exceeded, retry_after_s)


async def give_back(session: AsyncSession, pepper: bytes, subjects: list[str]) -> None:
    """Removes the try of a successful caller."""
    for bucket in sorted({bucket_of(subject, pepper) for subject in subjects}):
        fewer = update(Tries).where(Tries.bucket == bucket, Tries.count > 0)
        await session.execute(fewer.values(count=Tries.count - 1))


def bucket_of(subject: str, pepper: bytes) -> int:
    """Keyed, so that nobody can search for a name that shares its counter with another one."""
    digest = hmac.new(pepper, b"tries\0" + subject.encode(errors="replace"), hashlib.sha256).digest()
    return int.from_bytes(digest[:4], "big") % BUCKETS
