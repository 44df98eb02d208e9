"""Reminders before a deadline: one for each, when a quarter of the time is left.

A time shorter than `SHORTEST` is not reminded of, and nobody is reminded earlier than `EARLIEST` before the end.
`store/deals/reminders.py` asks the database by these figures.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

SHORTEST: Final = timedelta(minutes=15)  # a shorter time ends before a mail is read
EARLIEST: Final = timedelta(days=1)  # a quarter of a month is too early
QUARTER: Final = 4  # the time divided by this
