"""The page about sizing says what was measured: tables follow from saved results, figures stand where it links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

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
