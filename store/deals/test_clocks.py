"""The clocks of a sandbox's deals, withdrawals and webhook endpoints, each ahead of the real one by a growing offset.

The table exists in sandboxes alone (`store/migrate.py`); elsewhere nothing can move time.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict, NotFound

MOST_AHEAD: Final = timedelta(days=3_660)  # ten years: no deadline lasts longer

_MOVED: Final = text("""
INSERT INTO test_clock AS c (row_id, ahead) VALUES (:row, :by)
ON CONFLICT (row_id) DO UPDATE SET ahead = c.ahead + excluded.ahead
RETURNING c.ahead
""")


async def require_sandbox(session: AsyncSession) -> None:
    """Raises `NotFound` test_clock_off unless the database is a sandbox's."""
    if not await session.scalar(text("SELECT to_regclass('public.test_clock') IS NOT NULL")):
        raise NotFound("test_clock_off", "Only a sandbox's time can be moved: here it is the real one.")


async def move_ahead(session: AsyncSession, row_id: UUID, by: timedelta) -> None:
    """Moves the time of a locked deal, withdrawal or endpoint ahead. Raises `Conflict` test_clock_too_far."""
    if await session.scalar(_MOVED, {"row": row_id, "by": by}) > MOST_AHEAD:
        raise Conflict("test_clock_too_far", "Time can be moved ten years ahead, and no further.", "seconds")
