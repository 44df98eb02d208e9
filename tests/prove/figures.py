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
    webhooks: int = 0
    duplicate_webhooks: int = 0
    notes: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    def line(self) -> str:
        """`deals 12 · payments 20 · … · differences from the model 0`."""
        counts = [(one.name, getattr(self, one.name)) for one in fields(self)]
        shown = [f"{name.replace('_', ' ')} {value}" for name, value in counts if isinstance(value, int)]
        return " · ".join([*shown, *self.notes, f"differences from the model {len(self.differences)}"])
