"""The dashboards of deploy/grafana, drawn from a real Prometheus by their own queries."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import httpx
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.drawing import as_svg

BOARDS: Final = Path(__file__).parents[1] / "deploy" / "grafana"
POINTS: Final = 60  # in each line
_COLUMNS: Final = 24  # Grafana's grid
_INCHES: Final = 0.75  # of a column; a row of the grid is a third of it
_SHOWN: Final = 6  # names in a legend
_UNITS: Final = {"s": " s", "bytes": " bytes", "reqps": " a second", "cps": " a second"}


@dataclass(frozen=True, slots=True)
class Line:
    """A series: its name in the legend, and (seconds since the beginning, value) in order; NaN where it has a gap."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel as the dashboard's file has it, and what Prometheus answered."""

    title: str
    kind: str
    unit: str
    place: Mapping[str, int]
    """Grafana's `gridPos`: h, w, x, y."""
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A server, and the span of time that is asked for, in seconds of its clock."""

    url: str
    begins: float
    ends: float

    def lines(self, query: str, legend: str) -> Iterator[Line]:
        """Raises `httpx.HTTPStatusError` on a query that Prometheus does not understand."""
        step = max((self.ends - self.begins) / POINTS, 1)
        asked: dict[str, str | float] = {"query": query, "start": self.begins, "end": self.ends, "step": step}
        reply = httpx.get(f"{self.url}/api/v1/query_range", params=asked, trust_env=False, timeout=30)
        reply.raise_for_status()
        for series in reply.json()["data"]["result"]:
            found = [(at - self.begins, float(value)) for at, value in series["values"]]
            points = [(at, value) for at, value in found if math.isfinite(value)]
            if points:
                yield Line(_name(legend, series["metric"]), list(_with_gaps(points, 1.5 * step)))

    def alarms(self) -> list[str]:
        """Of alerts.yml: those that fired at any time."""
        return sorted({line.name for line in self.lines('ALERTS{alertstate="firing"}', "{{alertname}}")})


def last_whole(url: str, begins: float) -> float:
    """When all programs answered for the last time, in seconds of the server's clock; before the stack was stopped."""
    [up] = Prometheus(url, begins, time.time()).lines('min(up{job=~"holdfast-.+"}) == 1', "")
    return begins + up.points[-1][0]


def _with_gaps(points: Sequence[tuple[float, float]], longest: float) -> Iterator[tuple[float, float]]:
    for (at, value), (after, _) in pairwise([*points, points[-1]]):
        yield at, value
        if after - at > longest:
            yield at, math.nan


def _name(legend: str, labels: Mapping[str, str]) -> str:
    for label, value in labels.items():
        legend = legend.replace(f"{{{{{label}}}}}", value)
    return legend or " ".join(value for label, value in labels.items() if label not in ("__name__", "instance"))


def read(board: str, prometheus: Prometheus) -> list[Panel]:
    """The panels of `money` or `programs`."""
    return [_panel(panel, prometheus) for panel in json.loads((BOARDS / f"{board}.json").read_text())["panels"]]


def _panel(panel: dict[str, Any], prometheus: Prometheus) -> Panel:
    lines = [line for one in panel["targets"] for line in prometheus.lines(one["expr"], one.get("legendFormat", ""))]
    unit = panel["fieldConfig"]["defaults"].get("unit", "short")
    return Panel(panel["title"], panel["type"], unit, panel["gridPos"], lines)


def drawn(panels: Sequence[Panel]) -> bytes:
    """All panels, where Grafana shows them, as SVG."""
    rows = max(panel.place["y"] + panel.place["h"] for panel in panels)
    width, height = _COLUMNS * _INCHES, rows * _INCHES / 3 * 1.25
    chart = Figure(figsize=(width, height))
    for panel in panels:
        place = panel.place
        left, bottom = place["x"] / _COLUMNS, 1 - (place["y"] + place["h"]) / rows
        inner = (left + 0.025, bottom + 0.025, place["w"] / _COLUMNS - 0.035, place["h"] / rows - 0.05)
        axes = chart.add_axes(inner)
        axes.set_title(panel.title, fontsize=9, loc="left")
        if panel.kind == "stat":
            _values(axes, panel)
        else:
            _curves(axes, panel)
    return as_svg(chart)


def _values(axes: Axes, panel: Panel) -> None:
    axes.set_axis_off()
    many = len(panel.lines) > 1
    said = [f"{line.name} {_said(line, panel)}" if many else _said(line, panel) for line in panel.lines]
    size = 10 if many else 24
    axes.text(0.5, 0.5, "\n".join(said) or "nothing", ha="center", va="center", fontsize=size)


def _said(line: Line, panel: Panel) -> str:
    return f"{line.points[-1][1]:,.0f}{_UNITS.get(panel.unit, '')}"


def _curves(axes: Axes, panel: Panel) -> None:
    for line in panel.lines:
        axes.plot([at for at, _ in line.points], [value for _, value in line.points], label=line.name, linewidth=1.2)
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.tick_params(labelsize=7)
    axes.set_ylabel(_UNITS.get(panel.unit, "").strip(), fontsize=7)
    axes.spines[["top", "right"]].set_visible(False)
    if not panel.lines:
        axes.text(0.5, 0.5, "nothing", ha="center", va="center", transform=axes.transAxes, fontsize=9)
    elif any(line.name for line in panel.lines):
        handles, names = axes.get_legend_handles_labels()
        axes.legend(handles[:_SHOWN], names[:_SHOWN], fontsize=6, frameon=False, loc="upper left")
