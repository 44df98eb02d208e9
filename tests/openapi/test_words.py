"""What a form asks for is said to people in words, not as a pattern."""

from __future__ import annotations

from collections.abc import Iterator

from edge.problem import PATTERNS
from tests.openapi.market_routes import DOCUMENT


def patterns(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("pattern"), str) and "Digits" not in part.get("description", ""):  # bad_amount says it
            yield part["pattern"]
        for inner in part.values():
            yield from patterns(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from patterns(inner)


def test_each_pattern_of_the_document_has_words_for_its_refusal() -> None:
    of_times = {"^(19[7-9][0-9]|[2-8][0-9]{3})-"}  # refused as "a time is a string such as …"
    assert set(patterns(DOCUMENT)) - of_times <= PATTERNS.keys()
