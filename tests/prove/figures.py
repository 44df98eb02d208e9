"""What a proof counts, and what it may not find."""

from __future__ import annotations

from dataclasses import dataclass, field, fields


@dataclass
class Figures:
    """Counts of one proof. `differences` name deals, checks of the audit or counts that are not as they must be."""

    deals: int = 0
    payments: int = 0
    operations: int = 0
    kills: int = 0
    lost_answers: int = 0
    duplicate_requests: int = 0
    drills: int = 0
    differences: list[str] = field(default_factory=list)

    def line(self) -> str:
        """`deals 12 · payments 20 · … · differences from the model 0`."""
        counts = [
            f"{one.name.replace('_', ' ')} {getattr(self, one.name)}" for one in fields(self) if one.name != "differences"
        ]
        return " · ".join([*counts, f"differences from the model {len(self.differences)}"])
