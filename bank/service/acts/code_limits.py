"""How many codes may be wrong in a window of time: per caller, and over all callers.

A try counts as wrong, atomically, before its code is compared; the commit of a right one gives its place back (the
trigger `codes_right_is_not_wrong`). So of any number of parallel guesses at most the limit are compared in a window.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import TooMany

ALL_CALLERS: Final = ""  # no API key has an empty name


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """At most so many wrong codes in each `window`, which begin at multiples of it since 1970."""

    window: timedelta
    per_caller: int
    overall: int


# A row per caller is counted up while its window lasts and begun anew in the next. The row lock makes it atomic.
_COUNT: Final = text("""
INSERT INTO code_limits AS c (caller, window_at, wrong)
VALUES (:caller, date_bin(:window, clock_timestamp(), timestamptz 'epoch'), 1)
ON CONFLICT (caller) DO UPDATE SET
    wrong = CASE WHEN c.window_at >= excluded.window_at THEN c.wrong + 1 ELSE 1 END,
    window_at = greatest(c.window_at, excluded.window_at)
WHERE c.window_at < excluded.window_at OR c.wrong < :most
RETURNING window_at
""")
_LEFT: Final = text("SELECT window_at + :window - clock_timestamp() FROM code_limits WHERE caller = :caller")


async def count_as_wrong(session: AsyncSession, limits: CodeLimits, caller: str) -> datetime:
    """Takes a place in the caller's window and in the one for all; returns when the caller's window began.

    Raises `TooMany` `too_many_wrong_codes` until the window ends. The row for all is locked last and shortest.
    """
    window_at = await _count(session, limits, caller, limits.per_caller)
    await _count(session, limits, ALL_CALLERS, limits.overall)
    return window_at


async def _count(session: AsyncSession, limits: CodeLimits, caller: str, most: int) -> datetime:
    values = {"caller": caller, "window": limits.window, "most": most}
    window_at: datetime | None = await session.scalar(_COUNT, values)
    if window_at is not None:
        return window_at
    left: timedelta | None = await session.scalar(_LEFT, {"caller": caller, "window": limits.window})
    assert left is not None, "the row that was full is there"
    wait_s = max(1, math.ceil(left.total_seconds()))
    raise TooMany("too_many_wrong_codes", "Too many codes were wrong lately; try this one again later.", wait_s)
