"""How schemathesis generates requests to one of our APIs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemathesis.config import SchemathesisConfig

    from tests.openapi.exploring import Real

SEED = 1
PARALLEL = 1  # CPython 3.11 loses count of its syntax trees when two threads build them (gh-106905)


def configuration(
    headers: Mapping[str, str],
    headers_of: Mapping[str, Mapping[str, str]],
    varied: Set[str],
    reals: Mapping[str, Real],
    unlisted: Set[str],
    max_examples: int,
) -> SchemathesisConfig:
    """`headers_of` are those of each operation, beside `headers`; `varied` are the operations that get random requests.

    Values of real requests are mixed into half of what is generated, but for places that are `unlisted`.
    """
    from schemathesis.config import SchemathesisConfig

    known = _values(reals, unlisted)
    names = {place: re.sub(r"[^a-z0-9]", "-", place) for place in known}
    return SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "workers": PARALLEL,
            "continue-on-failure": True,
            "headers": dict(headers),
            "operations": _alike(headers_of, varied),
            "generation": {
                "max-examples": max_examples,
                "deterministic": True,
                "database": "none",
                "no-shrink": True,
            },
            "dictionaries": {names[place]: {"values": values} for place, values in known.items()},
            "phases": {
                "examples": {"enabled": False},  # the real requests are the examples, with ids that exist
                "coverage": {"unexpected-methods": ["PATCH"]},  # one that no operation has says as much as eight
            },
            "parameters": {place: {"dictionary": names[place], "probability": 0.5} for place in known},
        }
    )


def _values(reals: Mapping[str, Real], unlisted: Set[str]) -> dict[str, list[Any]]:
    """Text and numbers in real requests by their place, such as `query.state`."""
    known: dict[str, list[Any]] = {}
    for real in reals.values():
        places = {"path": real.path, "query": real.query, "body": real.body or {}, "header": real.headers}
        for place, values in places.items():
            for name, value in values.items():
                listed = f"{place}.{name}" not in unlisted
                if listed and isinstance(value, str | int) and not isinstance(value, bool):
                    entries = known.setdefault(f"{place}.{name}", [])
                    entries += [value] if value not in entries else []
    return known


def _alike(headers_of: Mapping[str, Mapping[str, str]], varied: Set[str]) -> list[dict[str, Any]]:
    """What is particular to operations, said once for all that are alike: each is compared with every entry, often."""

    def particular(label: str) -> tuple[tuple[tuple[str, str], ...], bool]:
        return tuple(headers_of[label].items()), label in varied

    return [
        {
            "include-name": list(labels),
            "headers": dict(its_headers),
            "phases": {"fuzzing": {"enabled": is_varied}},
        }
        for (its_headers, is_varied), labels in groupby(sorted(headers_of, key=particular), key=particular)
    ]
