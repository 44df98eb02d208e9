"""The language and the time zone of a visitor, as the browser sends them or the visitor chose."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import negotiate_locale

from texts.languages import LANGUAGES, Language


def language_of(chosen: str | None, accepted: str, zone: str | None) -> Language:
    """The language that the visitor chose, else the best of those that the browser accepts, else English."""
    code = chosen if chosen in LANGUAGES else _negotiated(accepted)
    return Language(code, _zone(zone))


def _negotiated(accepted: str) -> str:
    """By the weights of Accept-Language (RFC 9110, 12.5.4)."""
    wanted: list[tuple[int, int, str]] = []
    for place, part in enumerate(accepted[:500].split(",")):
        name, _, weight = part.strip().partition(";q=")
        milli = _thousandths(weight)
        if name and milli:
            wanted.append((-milli, place, name.strip()))
    return negotiate_locale([name for _, _, name in sorted(wanted)], list(LANGUAGES), sep="-") or "en"


def _thousandths(weight: str) -> int:
    whole, _, fraction = weight.strip().partition(".")
    if not weight:
        return 1000
    digits = fraction[:3].ljust(3, "0")
    return min(1000, int(whole) * 1000 + int(digits)) if whole in ("0", "1") and digits.isdecimal() else 0


def _zone(name: str | None) -> ZoneInfo:
    if name and len(name) < 64:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    return ZoneInfo("UTC")


def utc_attribute(at: datetime, timespec: str = "seconds") -> str:
    """For `<time datetime>`, and for scripts."""
    return at.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


def masked(email: str) -> str:
    """Enough of an address for its owner to recognise it: `b…@example.test`."""
    name, at, host = email.rpartition("@")
    return f"{name[:1]}…{at}{host}"
