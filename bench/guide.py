"""A guide of docs/ as a program: the Python of a page, run in its order, and what it prints held against the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

GUIDES: Final = Path(__file__).parents[1] / "docs"
BLOCK: Final = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PRINTED: Final = re.compile(r"^print\(.*\)  # (.+)$", re.MULTILINE)


class Untrue(AssertionError):
    """A page says that something else is printed."""


def follow(
    page: Path, known: dict[str, Any], answer: Callable[[str], str], told: Callable[[str], object] = str
) -> list[str]:
    """Runs the page, with the names that are `known` by then; it adds its own. What it printed.

    `answer` is given the text of each `input`, and `told` what is printed. Raises `Untrue`.
    """
    printed: list[str] = []

    def show(value: object) -> None:
        printed.append(str(value))
        told(str(value))

    known |= {"input": answer, "print": show}
    text = page.read_text()
    for block in BLOCK.finditer(text):
        before = len(printed)
        at = text.count("\n", 0, block.start(1))
        # The lines have their numbers of the page, so that an error names the right one.
        exec(compile("\n" * at + block[1], str(page), "exec"), known)
        if (said := _PRINTED.findall(block[1])) != printed[before:]:
            raise Untrue(f"{page.name}:{at + 1} says {said}, and {printed[before:]} was printed")
    return printed
