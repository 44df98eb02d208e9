"""The measurements of one run."""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.histories import Events


@dataclass
class Kind:
    """The rounds of one kind, real or bare: payments per second of each round, and the rest over all rounds.

    `cpu_s` is processor seconds by part of the stack, `events` the mean number per deal with its payment.
    """

    rates: list[float] = field(default_factory=list)
    cpu_s: dict[str, float] = field(default_factory=dict)
    payments: int = 0
    events: float = 0.0

    def add(self, rate: float, payments: int, cpu_s: dict[str, float]) -> None:
        self.rates.append(rate)
        self.payments += payments
        for part, seconds in cpu_s.items():
            self.cpu_s[part] = self.cpu_s.get(part, 0.0) + seconds


@dataclass
class Figures:
    """Both kinds; `real_events` and `bare_events` are those of one deal with its payment, by type."""

    real: Kind
    bare: Kind
    real_events: Events
    bare_events: Events
    latencies_s: list[float] = field(default_factory=list)
