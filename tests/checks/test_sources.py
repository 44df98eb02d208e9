"""docs/source-tests.md is whole: every line of the texts has a row, every row tests, and every mark a row."""

from __future__ import annotations

from tests.checks.sources import PAGE, marked, rows, written

# First and last line of each span of a text that has tests named after it. What is left out is not built yet.
LINES = {
    "bank client": [(1, 230)],
    "marketplace": [(1, 209)],
    "discussion": [(1, 123)],
    "wallet": [(1, 101)],
    "escrow deals": [(4, 31), (50, 76)],
}


def test_every_line_has_a_row() -> None:
    spans: dict[str, list[tuple[int, int]]] = {}
    for mark, row in rows(PAGE.read_text()):
        first, _, last = row["lines"].partition("–")
        spans.setdefault(mark.partition(":")[0], []).append((int(first), int(last or first)))
    assert {text: _joined(found) for text, found in spans.items()} == LINES


def _joined(rows_of_text: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans that rows cover without a gap."""
    joined: list[tuple[int, int]] = []
    for first, last in rows_of_text:
        if joined and first in (joined[-1][1], joined[-1][1] + 1):
            joined[-1] = joined[-1][0], last
        else:
            joined.append((first, last))
    return joined


def test_every_row_has_tests_and_every_mark_a_row_and_the_page_says_so() -> None:
    page, tests = PAGE.read_text(), marked()
    assert {mark for mark, _ in rows(page)} == tests.keys()
    assert page == written(page, tests), "write it again: python -m tests.checks.sources"
