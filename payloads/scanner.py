"""What the scanner writes to Temporal's history: counts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ScanReport:
    """How many solidified blocks were booked, and how many transfers to our addresses were in them."""

    blocks: int = 0
    arrivals: int = 0

    def __add__(self, other: ScanReport) -> ScanReport:
        """Both, one after the other."""
        return ScanReport(self.blocks + other.blocks, self.arrivals + other.arrivals)
