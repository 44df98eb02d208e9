"""A short run of the growth benchmark: what it says of copies, deadlines and parts is so, and its page is whole."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.growth import run
from bench.growth_figures import saved
from bench.growth_page import BEGIN, COST_PLOT, END, LATENCY_PLOT, PAGE, PROGRAMS_PLOT
from bench.options import Options

OPTIONS = {"payments": 2, "clients": 2, "seed": 1, "closed": 3, "real": 4, "deadlines": 3, "parts": 2, "idle_s": 0.2}


@pytest.mark.timeout(1800)  # a whole stack, on however busy a machine
async def test_a_short_run_measures_every_size_and_writes_its_page(tmp_path: Path) -> None:
    (tmp_path / PAGE).write_text(f"# Ours\n\n{BEGIN}\nold\n{END}\n\nAlso ours.\n")
    await run(Options(**OPTIONS, open=[2, 6], programs=[1, 2], samples=1, lead_s=4.0, folder=str(tmp_path)))

    found = saved(tmp_path)
    assert [(cost.open, cost.asleep, cost.closed) for cost in found.costs] == [(2, 2, 0), (2, 2, 3), (6, 4, 3)]
    assert all(cost.statements > cost.commits > 0 for cost in found.costs)
    assert [cost.programs for cost in found.programs] == [1, 2]
    assert [redrive.open for redrive in found.redrives] == [2]
    assert found.deadlines is not None
    assert 0 < found.deadlines.half_s <= found.deadlines.all_s
    assert found.parts is not None
    assert found.parts.parts == 2

    page = (tmp_path / PAGE).read_text()
    assert page.startswith(f"# Ours\n\n{BEGIN}\n| | |")
    assert page.endswith(f"{END}\n\nAlso ours.\n")
    assert "old" not in page
    for name in (COST_PLOT, LATENCY_PLOT, PROGRAMS_PLOT):
        drawn = (tmp_path / name).read_text()
        assert name in page
        assert ElementTree.fromstring(drawn).tag.endswith("svg")
        assert "<script" not in drawn
