"""What the redriver writes to Temporal's history: counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

NOT_SIGNALLED: Final = "not_signalled"
"""The type of the error of a redrive that has left nouns out; trying it again at once would not help."""


@dataclass(frozen=True)
class RedriveOrder:
    """One redrive of all nouns, in pages of `page_size` rows.

    `everything` also signals rows without work. `restart_ended` restarts the completed workflow of an open row: after a
    restore of older rows.
    """

    page_size: int = 200
    everything: bool = False
    restart_ended: bool = False


@dataclass(frozen=True)
class RedriveReport:
    """How many rows were signalled, how many signals reached Temporal, and how many missing workflows were started.

    `behind`: none, because the bank knows a later checkpoint of the books.
    """

    due: int
    reached: int
    behind: bool = False
    started: int = 0

    def __add__(self, other: RedriveReport) -> RedriveReport:
        """Both, one after the other: the books are behind if they were in the end."""
        due, reached = self.due + other.due, self.reached + other.reached
        return RedriveReport(due, reached, other.behind, self.started + other.started)
