"""Counted tries within a window of time. One atomic statement, committed before the work begins."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import case, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.rate_limits import RateLimit
from store.base import Base

# Subjects share counters by chance, one in a million; in return invented logins cannot fill the table.
BUCKETS: Final = 2**20


class Tries(Base):
    __tablename__ = "tries"

    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int]
    began_at: Mapped[datetime]


class Try(NamedTuple):
    """One try that `limit` counts, of `who`: a login, an address or the like."""

    limit: RateLimit
    who: str

    @property
    def subject(self) -> str:
        return f"{self.limit.what}/{self.who}"


@dataclass(frozen=True, slots=True)
class Counted:
    """By how many tries the fullest counter exceeds its limit, and when its window ends."""

    exceeded: bool
    retry_after_s: int


async def count(session: AsyncSession, pepper: bytes, tries: Iterable[Try]) -> Counted:
    """Counts each of `tries` once. Commit before continuing.

    In order of their buckets, so that two transactions that count the same subjects cannot deadlock.
    """
    buckets = {bucket_of(one.subject, pepper): one.limit for one in tries}
    exceeded, retry_after_s = False, 0
    now = func.clock_timestamp()
    for bucket, limit in sorted(buckets.items()):
        over = Tries.began_at <= now - limit.window
        counted = insert(Tries).values(bucket=bucket, count=1, began_at=now)
        counted = counted.on_conflict_do_update(
            index_elements=[Tries.bucket],
            set_={
                "count": case((over, 1), else_=Tries.count + 1),
                "began_at": case((over, now), else_=Tries.began_at),
            },
        )
        left = func.ceil(func.extract("epoch", Tries.began_at + limit.window - now))
        row = (await session.execute(counted.returning(Tries.count, left))).one()
        if row[0] > limit.most:
            exceeded, retry_after_s = True, max(retry_after_s, int(row[1]), 1)
    return Counted(exceeded, retry_after_s)


async def release_tries(session: AsyncSession, pepper: bytes, tries: Iterable[Try]) -> None:
    """Removes the tries of a successful caller."""
    for bucket in sorted({bucket_of(one.subject, pepper) for one in tries}):
        fewer = update(Tries).where(Tries.bucket == bucket, Tries.count > 0)
        await session.execute(fewer.values(count=Tries.count - 1))


def bucket_of(subject: str, pepper: bytes) -> int:
    """Keyed, so that nobody can search for a name that shares its counter with another one."""
    digest = hmac.new(pepper, b"tries\0" + subject.encode(errors="replace"), hashlib.sha256).digest()
    return int.from_bytes(digest[:4], "big") % BUCKETS
