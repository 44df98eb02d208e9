"""What the sweep writes to Temporal's history: counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SweepOrder:
    """One sweep, in pages of `page_size` rows; `everything` also rings at rows that are not due."""

    page_size: int = 200
    everything: bool = False


@dataclass(frozen=True)
class SweepReport:
    """How many open deals, payments and refunds were rung at, and how many of these rings reached Temporal."""

    due: int
    reached: int
