"""Which of the boundary values that schemathesis makes for an operation say something new.

Operations share their headers, ids, pages and amounts. Each such field is tried with every value at the first operation
that has it, and at all others with one value that is right, unless the real request has one, and one that is wrong.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edge.idempotency import HEADER

if TYPE_CHECKING:
    from schemathesis import Case

    from tests.openapi.exploring import Real

_PLACE = re.compile(r"/properties/([^/]+)")
_NAMED = re.compile(r"'([^']+)' value")
_TEXTS = ("title", "description", "examples")
# Of a whole body, each kind of wrong says something else: no object, a field too many, one too few.
_BODY = ("body", ())


def _fields(body: Mapping[str, Any], *within: str) -> Iterator[tuple[str, ...]]:
    """The fields of a body, and of what is in it."""
    for name, value in body.items():
        yield (*within, name)
        if isinstance(value, Mapping):
            yield from _fields(value, *within, name)


@dataclass(slots=True)
class Repeats:
    """`values`: what was tried of a field at any operation; `sides`: what of it was tried, right or wrong, at which."""

    document: dict[str, Any]
    reals: Mapping[str, Real]
    values: set[Hashable] = field(default_factory=set)
    sides: set[Hashable] = field(default_factory=set)

    def __post_init__(self) -> None:
        from schemathesis.generation import GenerationMode

        right = GenerationMode.POSITIVE
        for label, real in self.reals.items():
            parameters = {"path": real.path, "query": real.query, "header": real.headers}
            its: list[Hashable] = [(place, name, ()) for place, values in parameters.items() for name in values]
            its += [("body", None, names) for names in _fields(real.body or {})]
            self.sides |= {(label, right, each, None) for each in [*its, ("header", HEADER, ())]}

    def has(self, case: Case) -> bool:
        """Whether the case repeats others; it counts as tried from now on. Only boundaries are repeated."""
        from schemathesis.generation.meta import CoveragePhaseData

        if case.meta is None or not isinstance(case.meta.phase.data, CoveragePhaseData):
            return False
        tried = case.meta.phase.data
        names = tuple((_PLACE if tried.location else _NAMED).findall(tried.location or tried.description))
        its = (tried.parameter_location, None if tried.parameter_location == "body" else tried.parameter, names)
        side = (case.operation.label, case.meta.generation.mode, its, tried.scenario if its[::2] == _BODY else None)
        value = (self._schema_of(case, tried, names), its, tried.location, tried.scenario, tried.description)
        repeated = side in self.sides and value in self.values
        self.sides.add(side)
        self.values.add(value)
        return repeated

    def _schema_of(self, case: Case, tried: Any, names: tuple[str, ...]) -> str:
        """What the document says of the field."""
        raw = case.operation.definition.raw
        if tried.parameter_location == "body" and names:
            schema = raw["requestBody"]["content"][tried.parameter]["schema"]
            whole = self.document["components"]["schemas"].get(schema.get("$ref", "").rsplit("/", 1)[-1], schema)
            its = whole.get("properties", {}).get(names[0], whole)  # else of a choice of bodies
            return json.dumps({name: said for name, said in its.items() if name not in _TEXTS}, sort_keys=True)
        found = [each for each in raw.get("parameters", []) if each["name"] == tried.parameter]
        return json.dumps(found, sort_keys=True)
