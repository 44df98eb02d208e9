"""The tables of docs/sizing.md, from what the growth benchmark saved: `python -m bench.sizing_page [folder]`.

Only what stands between the marks of the page is replaced.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.growth_figures import Cost, Growth, saved

PAGE: Final = "sizing.md"
BEGIN, END = "<!-- calculated: begin -->", "<!-- calculated: end -->"
PER_DAY: Final = (1_000, 10_000, 100_000, 1_000_000)
PROGRAMS: Final = ("worker", "api", "postgres", "temporal")
# What the page says it assumes.
BUSIEST_HOUR: Final = 0.1  # of the day's payments
BUSY: Final = 0.6  # of a processor, so that a queue stays short


def write(folder: Path) -> None:
    page = folder / PAGE
    text = page.read_text() if page.exists() else f"# Sizing\n\n{BEGIN}\n{END}\n"
    before, after = text[: text.index(BEGIN)], text[text.index(END) :]
    tables = "\n".join(lines(saved(folder)))
    page.write_text(f"{before}{BEGIN}\n{tables}\n{after}")


def lines(growth: Growth) -> Iterator[str]:
    dearest = max(growth.costs, key=lambda cost: cost.all_ms)
    yield from _processors(dearest)
    yield from _programs(growth)


def processors(cpu_ms: float, per_day: int) -> float:
    """That a program needs in the busiest hour, at `cpu_ms` a payment."""
    return per_day * BUSIEST_HOUR / 3600 * cpu_ms / 1000 / BUSY


def _processors(cost: Cost) -> Iterator[str]:
    yield from ("### Payments per day to processors", "")
    yield "| payments per day | a second in the busiest hour | " + " | ".join(PROGRAMS) + " | all four |"
    yield "|---" * (len(PROGRAMS) + 3) + "|"
    each = [cost.cpu_ms[name] for name in PROGRAMS]
    yield f"| processor ms of a payment | | {' | '.join(f'{ms:.0f}' for ms in each)} | {sum(each):.0f} |"
    for per_day in PER_DAY:
        needed = [processors(ms, per_day) for ms in (*each, sum(each))]
        cells = " | ".join(f"{one:.2f}" if one < 10 else f"{one:.0f}" for one in needed)
        yield f"| {per_day:,} | {per_day * BUSIEST_HOUR / 3600:.2f} | {cells} |"


def _programs(growth: Growth) -> Iterator[str]:
    processors = growth.settings["processors"]
    yield from ("", f"### More programs on {processors} processors", "")
    yield from ("| workers and API programs | payments per second | processor ms of a payment |", "|---|---|---|")
    yield from (f"| {one.programs} | {one.per_s:.2f} | {one.all_ms:.0f} |" for one in growth.programs)


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
