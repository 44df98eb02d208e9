"""What the growth benchmark measures, as JSON: written by one run, read by the page of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

RESULTS = "performance.json"


@dataclass
class Cost:
    """Of a payment, beside so many deals. Percentiles are p50, p95 and p99; times of processors leave nobody out."""

    open: int
    asleep: int
    closed: int
    programs: int
    payments: int
    per_s: float
    cpu_ms: dict[str, float]
    idle_ms_per_s: dict[str, float]
    statements: float
    commits: float
    held_ms: list[float]
    completed_ms: list[float]
    load_average: float

    @property
    def all_ms(self) -> float:
        return sum(self.cpu_ms.values())


@dataclass
class Memory:
    """Of a worker, with so many workflows of deals that wait."""

    asleep: int
    resident_kb: int


@dataclass
class Deadlines:
    """Deals of one offer whose time ended at once: seconds after that until they were ended.

    `begun_per_s`: how many workflows started each second, until they slept.
    """

    deals: int
    begun_per_s: float
    half_s: float
    all_s: float
    cpu_ms: dict[str, float]


@dataclass
class Parts:
    """A deal paid in so many parts, one after the other, of which `part_ms` are those of the first and the last."""

    parts: int
    seconds: float
    first_ms: float
    last_ms: float
    cpu_ms: dict[str, float]


@dataclass
class Redrive:
    """One redrive while nothing needed work."""

    open: int
    seconds: float
    cpu_ms: float


@dataclass
class Growth:
    """One run."""

    settings: dict[str, str]
    costs: list[Cost] = field(default_factory=list)
    programs: list[Cost] = field(default_factory=list)
    memory: list[Memory] = field(default_factory=list)
    redrives: list[Redrive] = field(default_factory=list)
    deadlines: Deadlines | None = None
    parts: Parts | None = None


def save(growth: Growth, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RESULTS).write_text(f"{json.dumps(asdict(growth), indent=1)}\n")


def saved(folder: Path) -> Growth:
    """The run whose results are in the folder."""
    found: dict[str, Any] = json.loads((folder / RESULTS).read_text())
    return Growth(
        found["settings"],
        [Cost(**one) for one in found["costs"]],
        [Cost(**one) for one in found["programs"]],
        [Memory(**one) for one in found["memory"]],
        [Redrive(**one) for one in found["redrives"]],
        Deadlines(**found["deadlines"]) if found["deadlines"] else None,
        Parts(**found["parts"]) if found["parts"] else None,
    )
