"""The measurements of the wallet benchmark, as a table and a plot."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median

from matplotlib.figure import Figure

from bench import cpu
from bench.drawing import as_svg
from bench.options import Options
from bench.wallet_rest import percentile

TABLE = "wallet-throughput.md"
PLOT = "wallet-throughput.svg"


@dataclass(frozen=True, slots=True)
class Measured:
    """Transfers per second, and processor microseconds per transfer of the server and of its callers."""

    rate: float
    server_us: float
    caller_us: float


@dataclass
class Figures:
    kinds: dict[str, list[Measured]] = field(default_factory=dict)
    groups: list[int] = field(default_factory=list)
    latencies_s: list[float] = field(default_factory=list)

    def add(self, kind: str, measured: Measured) -> None:
        self.kinds.setdefault(kind, []).append(measured)

    def rate(self, kind: str) -> float:
        """Median of the rounds."""
        return median(one.rate for one in self.kinds[kind])

    def cost_us(self, kind: str) -> float:
        """Processor time of all participants, per transfer."""
        return median(one.server_us + one.caller_us for one in self.kinds[kind])

    def server_us(self, kind: str) -> float:
        return median(one.server_us for one in self.kinds[kind])

    def ratios(self, kind: str, other: str) -> list[float]:
        """Rates of `kind` relative to those of `other`, round by round, so that both ran under the same load."""
        return [one.rate / two.rate for one, two in zip(self.kinds[kind], self.kinds[other], strict=True)]


def write(options: Options, settings: Mapping[str, str], figures: Figures) -> None:
    """Prints the table, and saves it with its plot in the requested folder."""
    text = "\n".join(lines(options, settings, figures))
    print(text)
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TABLE).write_text(f"{text}\n")
    (folder / PLOT).write_bytes(plot(figures))


def lines(options: Options, settings: Mapping[str, str], figures: Figures) -> Iterator[str]:
    yield from ("# Throughput of wallets", "", "Written by `make bench ARGS=wallets`; what is measured:")
    yield from ("[benchmarks.md](benchmarks.md#wallets).", "")
    yield from (f"![transfers per second]({PLOT})", "", "| | |", "|---|---|")
    yield from (f"| {name} | {value} |" for name, value in settings.items())
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    yield f"| load average at the end | {load} |"
    yield f"| measured on | {datetime.now(UTC):%Y-%m-%d} |"
    yield f"| rounds | {options.rounds}, each kind in turn |"
    yield ""
    yield "| transfers per second | median | least | most | µs server | µs in all |"
    yield "|---|---|---|---|---|---|"
    for kind, found in figures.kinds.items():
        rates = [one.rate for one in found]
        cells = f"{median(rates):,.0f} | {min(rates):,.0f} | {max(rates):,.0f}"
        yield f"| {kind} | {cells} | {figures.server_us(kind):,.0f} | {figures.cost_us(kind):,.0f} |"
    yield from ("", "µs: processor microseconds per transfer. Of several rounds the median.", "")
    yield from _compared(figures)


def _compared(figures: Figures) -> Iterator[str]:
    plain, grouped = "pgbench, 32 clients, 1,000 wallets", "ledger in groups, 1,000 wallets"
    hot, many = "ledger in groups, one hot wallet", "ledger in groups, many wallets"
    ratios = figures.ratios(grouped, plain)
    yield "| compared | |"
    yield "|---|---|"
    yield f"| ledger to pgbench, 1,000 wallets | {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) |"
    beside = figures.ratios("ledger in groups, two programs", plain)
    yield f"| the same with two programs | {median(beside):.2f} ({min(beside):.2f} to {max(beside):.2f}) |"
    own = cpu.ratio(figures.cost_us(plain), figures.cost_us(grouped))
    yield f"| one program by processor time per transfer | {own:.2f} |"
    ratios = figures.ratios(hot, grouped)
    yield f"| one hot wallet to 1,000 wallets | {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) |"
    more = cpu.ratio(figures.cost_us(many), figures.cost_us(grouped)) - 1
    yield f"| processor time per transfer with 1,000,000 wallets | {more:+.0%} |"
    yield f"| transfers in a commit | {mean(size for size in figures.groups if size > 1):.0f} |"
    for percent in (50, 95, 99):
        latency_ms = percentile(figures.latencies_s, percent) * 1000
        yield f"| REST at 500 transfers a second, p{percent} | {latency_ms:.0f} ms |"


def plot(figures: Figures) -> bytes:
    """Bars of the medians, as SVG without scripts or outside addresses."""
    kinds = list(reversed(figures.kinds))
    chart = Figure(figsize=(9, 4), layout="constrained")
    axes = chart.subplots()
    bars = axes.barh(kinds, [figures.rate(kind) for kind in kinds], color="#2f6f9f")
    axes.bar_label(bars, fmt="{:,.0f}", padding=4)
    axes.set_title("Transfers per second")
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.15)
    return as_svg(chart)
