"""The page about sizing says what was measured: tables follow from saved results, figures stand where it links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench import footprint
from bench.footprint import Footprint
from bench.growth_figures import saved
from bench.sizing_page import BEGIN, END, PAGE, lines, processors

DOCS = Path(__file__).parents[2] / "docs"
MEASURED = re.compile(r"^\| ([^|]+) \| ([^|]+) \| \[\w+\]\(([\w-]+\.md)#[\w-]+\) \|$", re.MULTILINE)


def test_the_tables_are_what_the_saved_results_say() -> None:
    page = (DOCS / PAGE).read_text()
    calculated = page[page.index(BEGIN) + len(BEGIN) : page.index(END)].strip("\n")
    assert calculated == "\n".join(lines(saved(DOCS)))


def test_every_quoted_figure_stands_on_the_page_that_it_is_quoted_from() -> None:
    quoted = MEASURED.findall((DOCS / PAGE).read_text())
    assert len(quoted) > 8
    for what, figure, source in quoted:
        number = figure.removesuffix(" ms")
        assert re.search(rf"(?<![\d.,]){re.escape(number)}(?![\d])", (DOCS / source).read_text()), (
            what,
            figure,
            source,
        )


def test_processors_follow_from_the_busiest_hour() -> None:
    assert processors(cpu_ms=540.0, per_day=36_000) == pytest.approx(0.9)  # one a second, three fifths of a processor


def test_what_a_deal_leaves_is_shown_by_deal_and_the_biggest_tables_first() -> None:
    grown = {"bank": 30_000, "bank indexes": 8_000, "bank: public.few": 4_000, "bank: public.many": 26_000}
    shown = footprint.lines(Footprint(deals=2, grown=grown | {"bank: public.none": 0, "histories, Deal": 8_400}))
    assert [line for line in shown if "bank" in line] == [
        "| bank, indexes included | 15.0 |",
        "| bank, indexes alone | 4.0 |",
        "| bank: public.many | 13.0 |",
        "| bank: public.few | 2.0 |",
    ]
    assert "| histories, Deal | 4.2 |" in shown
