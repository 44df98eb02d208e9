"""Forms as browsers send them: a few text fields, each at most once, and no unexpected ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

from starlette.requests import Request

from domain.errors import Malformed, Refusal
from domain.money import Money
from edge.texts import MAX_EMAIL, is_email, is_line, is_said, is_text
from market.actor import outdated
from texts.languages import Language, message

_MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
MAX_FIELDS: Final = 40
TOO_LONG: Final = message("This is too long: at most %(most)s characters.")
OUT_OF_RANGE: Final = message("Please type a whole number from %(least)s to %(most)s.")
_SURROGATES: Final = re.compile(r"[\ud800-\udfff]")


async def read_form(request: Request, allowed: tuple[str, ...]) -> dict[str, str]:
    """The fields of a posted form, trimmed; those of `allowed` that are absent are empty.

    Raises `Malformed` bad_form for uploads and broken bodies, unknown_field, invalid_field.
    """
    if request.headers.get("content-type", "").split(";", maxsplit=1)[0].strip().lower() != _MEDIA_TYPE:
        raise Malformed("bad_form", "Invalid form submission.")
    try:
        pairs = parse_qsl(
            (await request.body()).decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError:
        raise Malformed("bad_form", "Invalid form submission.") from None
    fields = dict.fromkeys(allowed, "")
    seen: set[str] = set()
    for name, value in pairs:
        if name not in fields or name in seen:
            raise Malformed("unknown_field", "The form has a field that was not asked for.")
        if not is_text(value) or _SURROGATES.search(value):
            raise Malformed("invalid_field", "Some characters cannot be used here.", name)
        seen.add(name)
        # Browsers send line ends as CR LF on every system.
        fields[name] = value.replace("\r\n", "\n").strip()
    return fields


class FieldRefusal(Malformed):
    """A field that breaks a rule, refused with the rule: `sentence` is translated, then filled in with `limits`."""

    def __init__(self, code: str, sentence: str, field: str | None, **limits: int | str | Money) -> None:
        super().__init__(code, sentence % {name: str(limit) for name, limit in limits.items()}, field)
        self.sentence = sentence
        self.limits = limits

    def words(self, language: Language) -> str:
        return language.say(self.sentence) % {name: language.write(limit) for name, limit in self.limits.items()}


class ManyRefused(Malformed):
    """All errors of one form, in the order of its fields."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(refusals[0].code, refusals[0].detail, refusals[0].field)
        self.refusals = tuple(refusals)


def read_all(**readers: Callable[[], Any]) -> dict[str, Any]:
    """The results of all readers of the form. Raises all of their refusals at once."""
    values: dict[str, Any] = {}
    refused: list[Refusal] = []
    for name, read in readers.items():
        try:
            values[name] = read()
        except ManyRefused as many:
            refused.extend(many.refusals)
        except Refusal as refusal:
            refused.append(refusal)
    if len(refused) == 1:
        raise refused[0]
    if refused:
        raise ManyRefused(refused)
    return values


def id_in(fields: dict[str, str], name: str) -> UUID:
    """The id in a field that the page filled in. Raises `Malformed` invalid_field."""
    try:
        return UUID(fields[name])
    except ValueError:
        raise Malformed("invalid_field", "Invalid form submission.", name) from None


def count_in(fields: dict[str, str], name: str) -> int:
    """The number in a field that the page filled in. Raises `Conflict` page_outdated for anything else."""
    if not re.fullmatch(r"[0-9]{1,9}", fields[name]):
        raise outdated()
    return int(fields[name])


def text_of(fields: dict[str, str], name: str, most: int) -> str:
    """A field that must contain a visible character. Raises `FieldRefusal` missing_field, too_long."""
    value = optional_text(fields, name, most)
    if not is_said(value):
        raise Malformed("missing_field", "Please fill this in.", name)
    return value


def optional_text(fields: dict[str, str], name: str, most: int) -> str:
    """A field that may be empty. Raises `FieldRefusal` too_long."""
    if len(fields[name]) > most:
        raise FieldRefusal("too_long", TOO_LONG, name, most=most)
    return fields[name]


def line_of(fields: dict[str, str], name: str, most: int) -> str:
    """As `text_of`, in one line: a name or a title. Also raises `Malformed` invalid_field."""
    value = text_of(fields, name, most)
    if not is_line(value):
        raise Malformed("invalid_field", "Some characters cannot be used here.", name)
    return value


def optional_line(fields: dict[str, str], name: str, most: int) -> str:
    """As `line_of`, but may be empty."""
    return line_of(fields, name, most) if is_said(fields[name]) else ""


def email_of(fields: dict[str, str], name: str) -> str:
    """An e-mail address. Raises `FieldRefusal` missing_field, too_long, `Malformed` invalid_field."""
    value = text_of(fields, name, MAX_EMAIL)
    if not is_email(value):
        raise Malformed("invalid_field", "This is no e-mail address.", name)
    return value


def whole_number(fields: dict[str, str], name: str, least: int, most: int) -> int:
    """A whole number of plain digits from `least` to `most`. Raises `FieldRefusal` missing_field, out_of_range."""
    text = text_of(fields, name, 40)
    if not re.fullmatch(r"[0-9]{1,10}", text, re.ASCII) or not least <= int(text) <= most:
        raise FieldRefusal("out_of_range", OUT_OF_RANGE, name, least=least, most=most)
    return int(text)
