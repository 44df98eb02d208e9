"""The table of lines and tests is whole: no line without a row, no row without a test, no test without a row."""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| ([0-9]+)(?:–([0-9]+))? \| .+ \| `([^`]+)` \|$", re.MULTILINE)
# First and last line of each text that have tests named after them.
LINES = {"Bank client": (1, 230), "Marketplace": (1, 209), "Discussion": (1, 123), "Wallet": (1, 101)}


def sections() -> dict[str, list[tuple[int, int, str]]]:
    parts = (ROOT / "docs" / "source-tests.md").read_text().split("\n## ")[1:]
    return {
        part.splitlines()[0]: [(int(first), int(last or first), test) for first, last, test in ROW.findall(part)]
        for part in parts
    }


def written_in(path: Path) -> set[str]:
    nodes = ast.parse(path.read_text()).body
    found = [node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {name for name in found if name.startswith("test_")}


@pytest.mark.parametrize("section", LINES)
def test_every_line_has_a_row(section: str) -> None:
    first, last = LINES[section]
    rows = sections()[section]
    assert [rows[0][0], rows[-1][1]] == [first, last]
    for (_, end, before), (start, _, test) in pairwise(rows):
        assert start in (end, end + 1), f"between {before} and {test}"


def test_every_row_names_a_test_and_every_test_has_a_row() -> None:
    named = {test for rows in sections().values() for _, _, test in rows}
    written: set[str] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        if path != Path(__file__):
            written |= written_in(path)
    assert {test for test in named if "::" not in test} == written
    for test in named - written:
        elsewhere, _, name = test.partition("::")
        assert name in written_in(ROOT / elsewhere), test


def test_no_table_is_left_out() -> None:
    assert sections().keys() == LINES.keys()
