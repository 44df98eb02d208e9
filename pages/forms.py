"""Forms as browsers send them: a few fields of text, each at most once, and nothing that was not asked for."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from domain.errors import Malformed

_MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
MAX_FIELDS: Final = 40
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


async def read_form(request: Request, allowed: tuple[str, ...]) -> dict[str, str]:
    """The fields of a posted form, trimmed; those of `allowed` that are absent are empty.

    Raises `Malformed` bad_form for uploads and broken bodies, unknown_field, invalid_field.
    """
    if request.headers.get("content-type", "").split(";", maxsplit=1)[0].strip().lower() != _MEDIA_TYPE:
        raise Malformed("bad_form", "This is no form of ours.")
    try:
        pairs = parse_qsl(
            (await request.body()).decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise Malformed("bad_form", "This is no form of ours.") from None
    fields = dict.fromkeys(allowed, "")
    seen: set[str] = set()
    for name, value in pairs:
        if name not in fields or name in seen:
            raise Malformed("unknown_field", "The form has a field that was not asked for.")
        if _UNPRINTABLE.search(value):
            raise Malformed("invalid_field", "Some characters cannot be used here.", name)
        seen.add(name)
        # Browsers send line ends as CR LF, whatever the system.
        fields[name] = value.replace("\r\n", "\n").strip()
    return fields


def text_of(fields: dict[str, str], name: str, most: int) -> str:
    """A field that must be filled in; raises `Malformed` missing_field, too_long."""
    value = fields[name]
    if not value:
        raise Malformed("missing_field", "Please fill this in.", name)
    if len(value) > most:
        raise Malformed("too_long", "This is too long.", name)
    return value


def whole_number(fields: dict[str, str], name: str, least: int, most: int) -> int:
    """A whole number of plain digits from `least` to `most`; raises `Malformed` missing_field, out_of_range."""
    text = text_of(fields, name, 12)
    if not re.fullmatch(r"[0-9]{1,10}", text, re.ASCII) or not least <= int(text) <= most:
        raise Malformed("out_of_range", "This number is not within the limits.", name)
    return int(text)


def amount_text(text: str) -> str:
    """What a person typed as an amount, as the wire has it: `1 000,5` is `1000.5`. What is no amount stays none."""
    plain = re.sub(r"[\s\u00a0\u202f]", "", text).replace(",", ".")
    return re.sub(r"^0+(?=[0-9])", "", plain)
