"""What the redriver writes to Temporal's history: counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RedriveOrder:
    """One redrive of all nouns, or of the one with this `name` (`market.nouns`), in pages of `page_size` rows.

    `everything` also signals rows that are not due. `restart_ended` restarts the completed workflow of an open row:
    after a restore of older rows.
    """

    name: str = ""
    page_size: int = 200
    everything: bool = False
    restart_ended: bool = False


@dataclass(frozen=True)
class RedriveReport:
    """How many open deals, payments, refunds and overrides were signalled, and how many signals reached Temporal.

    `behind`: none, because the bank knows a later checkpoint of the books.
    """

    due: int
    reached: int
    behind: bool = False
