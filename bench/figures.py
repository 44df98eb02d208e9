"""The measurements of one run, by kind: the product, a bare workflow, and the same saga on other engines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bench.counts import Counts
from bench.histories import Events
from bench.market import Latencies

PRODUCT: Final = "product"
BARE: Final = "bare"
DBOS: Final = "dbos"
QUEUE: Final = "queue"

# Of one payment in one part; a run fails above any of them. What a payment costs is decided by the code and not by the
# machine, so the bounds are what was counted, with room for a look more (`bench/histories.py`) and for a mail's batch.
MOST_EVENTS: Final = 33
MOST_STATEMENTS: Final = 70
MOST_COMMITS: Final = 12
MOST_BANK_CALLS: Final = 6


@dataclass
class Kind:
    """The rounds of one kind: payments per second of each, and the rest over all rounds.

    `cpu_s` is processor seconds by part of the stack, `events` the mean number per deal with its payment.
    """

    rates: list[float] = field(default_factory=list)
    cpu_s: dict[str, float] = field(default_factory=dict)
    payments: int = 0
    events: float = 0.0
    counts: Counts | None = None
    latencies: Latencies | None = None

    def add(self, rate: float, payments: int, cpu_s: dict[str, float]) -> None:
        self.rates.append(rate)
        self.payments += payments
        for part, seconds in cpu_s.items():
            self.cpu_s[part] = self.cpu_s.get(part, 0.0) + seconds

    @property
    def cpu_ms(self) -> float:
        """Of all parts, per payment."""
        return sum(self.cpu_s.values()) / self.payments * 1000


@dataclass
class Figures:
    """`real_events` and `bare_events` are those of one deal with its payment, by type. `calm` are the latencies of the
    product that is not busy, by what is asked of it.
    """

    real_events: Events
    bare_events: Events
    kinds: dict[str, Kind] = field(default_factory=dict)
    calm: dict[str, Latencies] = field(default_factory=dict)

    def beyond_bounds(self) -> list[str]:
        """What one payment of the product costs above its bound."""
        counts = self.kinds[PRODUCT].counts
        assert counts is not None
        bounds = {
            "events": (self.kinds[PRODUCT].events, MOST_EVENTS),
            "statements in the market": (counts.statements, MOST_STATEMENTS),
            "commits in the market": (counts.commits, MOST_COMMITS),
            "calls to banks": (counts.bank_calls, MOST_BANK_CALLS),
        }
        return [f"{name}: {found:g}, at most {most}" for name, (found, most) in bounds.items() if found > most]
