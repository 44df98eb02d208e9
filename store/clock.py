"""The one clock of deadlines: the market database's."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


async def now(session: AsyncSession, deal_id: UUID) -> datetime:
    """The database's time, as it applies to a deal. Read it in a later statement than the one that locks.

    The SQL function `market_now` is `clock_timestamp()`. In a sandbox it adds the deal's offset, so that integrators
    and tests move time without waiting (`store/deals/test_clocks.py`).
    """
    stamp = await session.scalar(select(func.market_now(deal_id)))
    assert isinstance(stamp, datetime)
    return stamp


async def now_and_real(session: AsyncSession, row_id: UUID) -> tuple[datetime, datetime]:
    """The time as it applies to a row, and the real one, which others hold against their own clocks."""
    here, real = (await session.execute(select(func.market_now(row_id), func.clock_timestamp()))).one()
    return here, real
