"""Reminders before a deadline: one for each, when a quarter of the time is left."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

SHORTEST: Final = timedelta(minutes=15)  # a shorter time ends before a mail is read
EARLIEST: Final = timedelta(days=1)  # a quarter of a month is too early


def remind_from(since: datetime, ends_at: datetime) -> datetime | None:
    """When to remind the person who must act before `ends_at`; None: not at all. `since` is when their time began."""
    if ends_at - since < SHORTEST:
        return None
    return ends_at - min((ends_at - since) / 4, EARLIEST)
