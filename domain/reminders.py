"""When people are reminded that their time runs out: once for each deadline, when a quarter of the time is left."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

SHORTEST: Final = timedelta(minutes=15)  # a shorter time is over before a mail is read
EARLIEST: Final = timedelta(days=1)  # a quarter of a month is no hurry


def remind_from(since: datetime, ends_at: datetime) -> datetime | None:
    """From when on who must act before `ends_at` is reminded; None: not at all. `since` is when his time began."""
    if ends_at - since < SHORTEST:
        return None
    return ends_at - min((ends_at - since) / 4, EARLIEST)
