"""docs/source-tests.md is whole: every line of the texts has a row, every row tests, and every mark a row."""

from __future__ import annotations

from itertools import pairwise

from tests.checks.sources import PAGE, marked, rows, written

# First and last line of each text that has tests named after them.
LINES = {
    "bank client": (1, 230),
    "marketplace": (1, 209),
    "discussion": (1, 123),
    "wallet": (1, 101),
    "escrow deals": (50, 76),
}


def test_every_line_has_a_row() -> None:
    spans: dict[str, list[tuple[int, int]]] = {}
    for mark, row in rows(PAGE.read_text()):
        first, _, last = row["lines"].partition("–")
        spans.setdefault(mark.partition(":")[0], []).append((int(first), int(last or first)))
    assert {text: (found[0][0], found[-1][1]) for text, found in spans.items()} == LINES
    for text, found in spans.items():
        for before, after in pairwise(found):
            assert after[0] in (before[1], before[1] + 1), f"{text}: between {before} and {after}"


def test_every_row_has_tests_and_every_mark_a_row_and_the_page_says_so() -> None:
    page, tests = PAGE.read_text(), marked()
    assert {mark for mark, _ in rows(page)} == tests.keys()
    assert page == written(page, tests), "write it again: python -m tests.checks.sources"
