"""The table of docs/source-tests.md: which tests are marked with which lines of the texts that asked for this product.

`python -m tests.checks.sources` writes the last column again, from the marks.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "source-tests.md"
_ROW = re.compile(r"^\| (?P<lines>[0-9]+(?:–[0-9]+)?) \| (?P<asked>.+?) \| .* \|$")


def rows(page: str) -> Iterator[tuple[str, re.Match[str]]]:
    """Of each row the mark of its tests, such as `wallet:5` or `bank client:61-64`, and the row."""
    section = ""
    for line in page.splitlines():
        section = line[3:].lower() if line.startswith("## ") else section
        if row := _ROW.match(line):
            yield f"{section}:{row['lines'].replace('–', '-')}", row


def marked() -> dict[str, list[str]]:
    """The tests by what they are marked with, as pytest addresses them, in the order of their files."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for mark in _marks(node):
                    found.setdefault(mark, []).append(f"{path.relative_to(ROOT)}::{node.name}")
    return found


def _marks(test: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    for call in test.decorator_list:
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.source":
            yield from (ast.literal_eval(given) for given in call.args)


def written(page: str, tests: dict[str, list[str]]) -> str:
    """The page with the tests of each row."""
    lines = {row[0]: f"| {row['lines']} | {row['asked']} | {_named(tests[mark])} |" for mark, row in rows(page)}
    return "".join(f"{lines.get(line, line)}\n" for line in page.splitlines())


def _named(tests: list[str]) -> str:
    return " ".join(f"`{test}`" for test in tests)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(), marked()))
