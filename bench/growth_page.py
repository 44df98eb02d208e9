"""The results of the growth benchmark as tables and plots: `python -m bench.growth_page [folder]` writes them anew.

Only what stands between the marks of the page is replaced.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench import cpu
from bench.drawing import as_svg
from bench.growth_figures import Cost, Growth, saved

PAGE = "performance.md"
COST_PLOT, LATENCY_PLOT, PROGRAMS_PLOT = (f"performance-{name}.svg" for name in ("cost", "latency", "programs"))
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
COLOURS = ("#2f6f9f", "#d08a2e", "#5a9a55", "#9b5b94", "#b2534a", "#7a7a7a")


def write(growth: Growth, folder: Path) -> None:
    page = folder / PAGE
    before, after = f"# Performance\n\n{BEGIN}\n", f"{END}\n"
    if page.exists():
        text = page.read_text()
        before, after = text[: text.index(BEGIN)] + f"{BEGIN}\n", text[text.index(END) :]
    page.write_text(before + "\n".join(lines(growth)) + "\n" + after)
    (folder / COST_PLOT).write_bytes(_drawn(_plot_cost, growth.costs))
    (folder / LATENCY_PLOT).write_bytes(_drawn(_plot_latency, growth.costs))
    (folder / PROGRAMS_PLOT).write_bytes(_drawn(_plot_programs, growth.programs))


def lines(growth: Growth) -> Iterator[str]:
    yield from ("| | |", "|---|---|")
    yield from (f"| {name} | {value} |" for name, value in growth.settings.items())
    yield from _costs(growth.costs)
    yield from _memory(growth)
    yield from _at_once(growth)
    yield from _programs(growth.programs)


def _costs(costs: Sequence[Cost]) -> Iterator[str]:
    yield from ("", "### One payment beside many deals", "", f"![processor time per payment]({COST_PLOT})", "")
    yield f"![time from the code to the end]({LATENCY_PLOT})"
    names = list(costs[0].cpu_ms)
    yield from ("", "| open | with a workflow | closed | processor ms | " + " | ".join(names) + " | to the first |")
    yield "|---" * (len(names) + 5) + "|"
    for cost in costs:
        cells = " | ".join(f"{cost.cpu_ms[name]:.0f}" for name in names)
        ratio = cpu.ratio(cost.all_ms, costs[0].all_ms)
        yield f"| {_sizes(cost)} | {cost.all_ms:.0f} | {cells} | {ratio:.2f} |"
    yield from (
        "",
        "| open | with a workflow | closed | statements | commits | held p50, p95 | completed p50, p95 | idle |",
    )
    yield "|---" * 8 + "|"
    for cost in costs:
        idle = sum(cost.idle_ms_per_s.values())
        times = f"{_times(cost.held_ms)} | {_times(cost.completed_ms)}"
        yield f"| {_sizes(cost)} | {cost.statements:.0f} | {cost.commits:.0f} | {times} | {idle:.0f} |"
    yield from ("", "Times in ms from the code on; idle: processor ms a second of all programs while nobody pays.")


def _sizes(cost: Cost) -> str:
    return f"{cost.open:,} | {cost.asleep:,} | {cost.closed:,}"


def _times(percentiles: Sequence[float]) -> str:
    return f"{percentiles[0]:,.0f}, {percentiles[1]:,.0f}"


def _memory(growth: Growth) -> Iterator[str]:
    yield from ("", "### Deals that wait", "", "| workflows | worker, MB | kB for each more |", "|---|---|---|")
    first = growth.memory[0]
    for one in growth.memory:
        more = one.asleep - first.asleep
        each = f"{(one.resident_kb - first.resident_kb) / more:.1f}" if more else ""
        yield f"| {one.asleep:,} | {one.resident_kb / 1024:.0f} | {each} |"
    if growth.redrives:
        yield from ("", "| open deals | one redrive, s | processor ms |", "|---|---|---|")
        yield from (f"| {one.open:,} | {one.seconds:.2f} | {one.cpu_ms:.0f} |" for one in growth.redrives)


def _at_once(growth: Growth) -> Iterator[str]:
    yield from ("", "### Many things at once", "", "| | |", "|---|---|")
    if (many := growth.deadlines) is not None:
        yield f"| deadlines in the same instant, deals of one offer | {many.deals:,} |"
        yield f"| workflows started each second, until they sleep | {many.begun_per_s:.0f} |"
        yield f"| half of them decided after | {many.half_s:.1f} s |"
        yield f"| all decided after | {many.all_s:.1f} s |"
        yield f"| processor ms for each | {_by_program(many.cpu_ms)} |"
    if (parts := growth.parts) is not None:
        yield f"| a deal paid in parts, one after the other | {parts.parts} |"
        yield f"| seconds in all, the end included | {parts.seconds:.1f} |"
        yield f"| the first part, the last part, ms | {parts.first_ms:,.0f}, {parts.last_ms:,.0f} |"
        yield f"| processor ms for each part | {_by_program(parts.cpu_ms)} |"


def _by_program(cpu_ms: Mapping[str, float]) -> str:
    listed = ", ".join(f"{name} {used:.0f}" for name, used in cpu_ms.items())
    return f"{sum(cpu_ms.values()):.0f}: {listed}"


def _programs(costs: Sequence[Cost]) -> Iterator[str]:
    yield from ("", "### More programs", "", f"![payments per second]({PROGRAMS_PLOT})", "")
    yield from (
        "| workers and API programs | payments per second | processor ms | completed p50, p95 |",
        "|---|---|---|---|",
    )
    for cost in costs:
        yield f"| {cost.programs} | {cost.per_s:.2f} | {cost.all_ms:.0f} | {_times(cost.completed_ms)} |"
    yield ""


def _labels(costs: Sequence[Cost]) -> list[str]:
    return [f"{cost.open:,} open\n{cost.closed:,} closed" for cost in costs]


def _plot_cost(axes: Axes, costs: Sequence[Cost]) -> None:
    floor = [0.0] * len(costs)
    for name, colour in zip(costs[0].cpu_ms, COLOURS, strict=False):
        heights = [cost.cpu_ms[name] for cost in costs]
        axes.bar(_labels(costs), heights, bottom=floor, color=colour, label=name)
        floor = [low + height for low, height in zip(floor, heights, strict=True)]
    axes.set_title("Processor ms per payment")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)


def _plot_latency(axes: Axes, costs: Sequence[Cost]) -> None:
    for name, colour, values in (
        ("held p50", COLOURS[0], [cost.held_ms[0] for cost in costs]),
        ("completed p50", COLOURS[1], [cost.completed_ms[0] for cost in costs]),
        ("completed p95", COLOURS[4], [cost.completed_ms[1] for cost in costs]),
    ):
        axes.plot(_labels(costs), values, color=colour, marker="o", label=name)
    axes.set_ylim(bottom=0)
    axes.set_title("ms from the code on")
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)


def _plot_programs(axes: Axes, costs: Sequence[Cost]) -> None:
    bars = axes.bar([str(cost.programs) for cost in costs], [cost.per_s for cost in costs], color=COLOURS[0])
    axes.bar_label(bars, fmt="{:,.2f}", padding=4)
    axes.set_xlabel("workers and API programs")
    axes.set_title("Payments per second")


def _drawn(plot: Callable[[Axes, Sequence[Cost]], None], costs: Sequence[Cost]) -> bytes:
    """As SVG without scripts or outside addresses."""
    chart = Figure(figsize=(9, 4), layout="constrained")
    axes = chart.subplots()
    plot(axes, costs)
    axes.spines[["top", "right"]].set_visible(False)
    return as_svg(chart)


if __name__ == "__main__":
    where = Path(*sys.argv[1:] or ["docs"])
    write(saved(where), where)
