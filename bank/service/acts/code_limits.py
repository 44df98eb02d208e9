"""How many codes may be wrong in a window of time: per caller, and over all callers.

A try counts as wrong, atomically, before its code is compared (the database's `count_try`); the commit of a right one
gives its place back (the trigger `codes_right_is_not_wrong`). So of any number of parallel guesses at most the limit
are compared in a window.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from domain.errors import TooMany


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """At most so many wrong codes in each `window`, which begin at multiples of it since 1970."""

    window: timedelta
    per_caller: int
    overall: int

    def as_json(self) -> dict[str, int]:
        """For the database's `count_try`."""
        window_s = round(self.window.total_seconds())
        return {"window_s": window_s, "per_caller": self.per_caller, "overall": self.overall}


def too_many_wrong_codes(wait_s: int) -> TooMany:
    """The place of a try that is not counted; its window ends in `wait_s` seconds."""
    return TooMany("too_many_wrong_codes", "Too many codes were wrong lately; try this one again later.", wait_s)
