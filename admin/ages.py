"""How long ago something happened, in words, by the database's clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from babel.dates import format_timedelta
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


async def now(session: AsyncSession) -> datetime:
    at: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return at


def age(at: datetime, since: datetime) -> str:
    """`3 minutes`; for a time after `at`, zero."""
    return span(max(at - since, timedelta()).total_seconds())


def span(seconds: float) -> str:
    words: str = format_timedelta(timedelta(seconds=seconds), granularity="second", threshold=1.5, locale="en_GB")
    return words
