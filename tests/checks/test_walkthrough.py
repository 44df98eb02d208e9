"""docs/walkthrough.md names what is in the code: each file exists, and contains the functions beside it."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "walkthrough.md").read_text()
STEP = re.compile(r"^\| `([\w./]+)` \| ((?:`[\w.]+` ?)+)\| .+ \|$", re.MULTILINE)
ASIDE = re.compile(r"`([\w/]+\.py)` \(`([\w.]+)`\)|\(`([\w/]+\.py)`, `([\w.]+)`\)|`([\w.]+)` \(`([\w/]+\.py)`\)")
LEGS = [part.splitlines()[0] for part in PAGE.split("\n## ")[1:]]


def asides() -> list[tuple[str, str]]:
    """Names beside their files in running text."""
    return [
        (before or within or after, of_before or of_within or of_after)
        for before, of_before, within, of_within, of_after, after in ASIDE.findall(PAGE)
    ]


NAMED = [(path, name) for path, names in STEP.findall(PAGE) for name in re.findall(r"`([\w.]+)`", names)] + asides()


@cache
def defined_in(path: Path) -> frozenset[str]:
    """Functions, classes with their methods and constants of a module; the SQL functions of a folder's scripts."""
    if path.is_dir():
        scripts = (script.read_text() for script in path.rglob("*.sql"))
        return frozenset(name for text in scripts for name in re.findall(r"\bFUNCTION ([\w.]+) ?\(", text))
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {ast.unparse(target) for target in targets}
        if isinstance(node, ast.ClassDef):
            found |= {
                f"{node.name}.{part.name}"
                for part in node.body
                if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
            }
    return frozenset(found)


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda part: part)
def test_what_the_page_names_is_where_it_says(path: str, name: str) -> None:
    assert name in defined_in(ROOT / path), f"{path} has no {name}"


def test_every_row_of_a_leg_was_read() -> None:
    legs = PAGE.partition("\n## When it goes wrong\n")[0]
    assert len(STEP.findall(PAGE)) == legs.count("\n| `") > 50


def test_the_legs_lead_from_the_request_to_the_end_of_the_deal() -> None:
    assert [leg.partition(".")[0] for leg in LEGS] == [*map(str, range(1, 9)), "When it goes wrong"]
