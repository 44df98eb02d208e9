"""What the sweep writes to Temporal's history: counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SweepOrder:
    """One sweep, in pages of `page_size` rows; `everything` also rings at rows that are not due.

    `restart_ended` starts the workflow of an open row again though it has ended well: after a restore of older rows.
    """

    page_size: int = 200
    everything: bool = False
    restart_ended: bool = False


@dataclass(frozen=True)
class SweepReport:
    """How many open deals, payments, refunds and repairs were rung at, and how many rings reached Temporal.

    `behind`: none, because the bank knows that the books were further before.
    """

    due: int
    reached: int
    behind: bool = False
