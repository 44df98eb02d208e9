"""Shared by all requests and answers on the wire: strict shapes, clean text, UTC times."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from edge.characters import EMAIL, LINE, MAX_EMAIL, SAID, TEXT, WORDS

_RFC3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def _rfc3339(value: object) -> object:
    if isinstance(value, str) and _RFC3339.fullmatch(value):
        return value
    raise ValueError("a time is a string such as 2026-01-31T09:05:00Z")


def _in_utc(moment: datetime) -> datetime:
    # Times at the ends of the calendar cannot be converted between time zones.
    if not 1970 <= moment.year < 9000:
        raise ValueError("a year from 1970 to 8999")
    return moment.astimezone(UTC)


# pydantic accepts no lone surrogates. A field has one pattern: build another type on `str`.
CleanText = Annotated[str, Field(pattern=TEXT)]
Said = Annotated[str, Field(pattern=SAID)]
Words = Annotated[str, Field(pattern=WORDS)]
Line = Annotated[str, Field(pattern=LINE)]
Email = Annotated[str, Field(max_length=MAX_EMAIL, pattern=EMAIL, examples=["anna@example.org"])]

# The range that every program reads as a whole number and JSON Schema can write exactly (RFC 8259, section 6).
MAX_INTEGER: Final = 2**53 - 1

# RFC 3339 with an offset, as UTC. Numbers, which pydantic would take for seconds since 1970, are refused.
Timestamp = Annotated[
    AwareDatetime,
    BeforeValidator(_rfc3339),
    AfterValidator(_in_utc),
    Field(strict=False, json_schema_extra={"pattern": "^(19[7-9][0-9]|[2-8][0-9]{3})-"}),
]


class Wire(BaseModel):
    """A request or an answer: unknown fields are refused, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def utc(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds: `2026-01-31T09:05:00.000000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def utc_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else utc(moment)


def one_of(one: str, other: str) -> dict[str, Any]:
    """JSON schema of two optional fields of which exactly one must be set."""
    filled: dict[str, Any] = {"not": {"type": "null"}}
    empty: dict[str, Any] = {"type": "null"}
    ways = ((one, other), (other, one))
    return {"anyOf": [{"required": [name], "properties": {name: filled, rest: empty}} for name, rest in ways]}
