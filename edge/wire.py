"""What every request and answer on the wire has in common: strict shapes, clean text, UTC times."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

_RFC3339: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _printable(text: str) -> str:
    # PostgreSQL cannot store NUL, UTF-8 cannot carry lone surrogates; other control characters only do harm.
    if _UNPRINTABLE.search(text):
        raise ValueError("control characters are not allowed")
    return text


def _rfc3339(value: object) -> object:
    if isinstance(value, str) and _RFC3339.fullmatch(value):
        return value
    raise ValueError("a time is a string such as 2026-01-31T09:05:00Z")


def _in_utc(moment: datetime) -> datetime:
    # The ends of the calendar cannot be converted between time zones.
    if not 1970 <= moment.year <= 9000:
        raise ValueError("a year from 1970 to 9000")
    return moment.astimezone(UTC)


CleanText = Annotated[str, AfterValidator(_printable)]

# RFC 3339 with an offset, as UTC; numbers, which pydantic would take for seconds since 1970, are refused.
Timestamp = Annotated[AwareDatetime, BeforeValidator(_rfc3339), AfterValidator(_in_utc), Field(strict=False)]


class Wire(BaseModel):
    """A request or an answer: unknown fields are refused, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def utc(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds: `2026-01-31T09:05:00.000000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def utc_or_none(moment: datetime | None) -> str | None:
    return None if moment is None else utc(moment)
