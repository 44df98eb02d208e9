"""Forms as browsers send them: a few text fields, each at most once, and no unexpected ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Annotated, Any, Final, Self
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, PlainValidator, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails, PydanticCustomError
from starlette.requests import Request

from domain.errors import Conflict, Malformed, Refusal
from domain.money import Money
from edge.characters import EMAIL, as_typed, is_said
from market.actor import outdated
from texts.languages import Language, message

_MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
MAX_FIELDS: Final = 60  # a contract of ten milestones has 49
TOO_LONG: Final = message("This is too long: at most %(most)s characters.")
OUT_OF_RANGE: Final = message("Please type a whole number from %(least)s to %(most)s.")
_NEVER_SENT: Final = re.compile(r"[\x00\ud800-\udfff]")


async def read_form(request: Request, allowed: tuple[str, ...]) -> dict[str, str]:
    """The fields of a posted form, trimmed, without marks that nobody types; absent ones of `allowed` are empty.

    Raises `Malformed` bad_form for uploads and broken bodies, unknown_field.
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
        if _NEVER_SENT.search(value):  # by a browser
            raise Malformed("bad_form", "Invalid form submission.")
        seen.add(name)
        # A refusal would cost people what they filled in, for marks that they pasted without seeing them.
        fields[name] = as_typed(value).strip()
    return fields


class FieldRefusal(Malformed):
    """A field that breaks a rule, refused with the rule: `sentence` is translated, then filled in with `limits`."""

    def __init__(self, code: str, sentence: str, field: str | None, **limits: int | str | Money) -> None:
        super().__init__(code, sentence % {name: str(limit) for name, limit in limits.items()}, field)
        self.sentence = sentence
        self.limits = limits

    @classmethod
    def instead_of(cls, refusal: Refusal, sentence: str, field: str | None, **limits: int | str | Money) -> Self:
        """A refusal, with its code and status, in a sentence that names limits."""
        made = cls(refusal.code, sentence, field, **limits)
        made.status = refusal.status
        return made

    def words(self, language: Language) -> str:
        return language.say(self.sentence) % {name: language.write(limit) for name, limit in self.limits.items()}


class ManyRefused(Malformed):
    """All errors of one form, in the order of its fields."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(refusals[0].code, refusals[0].detail, refusals[0].field)
        self.refusals = tuple(refusals)


class Form(BaseModel):
    """A form of a page: its fields in order, each with the rule that reads the typed text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def names(cls) -> list[str]:
        """The names of its fields, as browsers send them."""
        return [field.alias or name for name, field in cls.model_fields.items()]

    @classmethod
    def read(cls, fields: Mapping[str, str], **context: object) -> Self:
        """Reads its fields from a posted form. `context` is what rules need, such as language and currency.

        Raises the `Refusal` of a field, or `ManyRefused` with those of all fields at once.
        """
        typed = {name: fields[name] for name in cls.names() if name in fields}
        try:
            return cls.model_validate(typed, context=context)
        except ValidationError as error:
            refused = [_refusal(found) for found in error.errors(include_url=False)]
        raise refused[0] if len(refused) == 1 else ManyRefused(refused)


def rule(read: Callable[[str, ValidationInfo], object]) -> PlainValidator:
    """The rule of a field: `read` turns the typed text into its value, or raises a `Refusal`."""

    def checked(typed: str, info: ValidationInfo) -> object:
        try:
            return read(typed, info)
        except Refusal as refusal:
            raise PydanticCustomError("refused", "refused", {"refusal": refusal}) from None

    return PlainValidator(checked)


def simple(read: Callable[[str], object]) -> PlainValidator:
    """A rule that needs the text alone."""
    return rule(lambda typed, info: read(typed))


def one_of(choices: Container[str], otherwise: str) -> PlainValidator:
    """One of several texts; any other is refused with the sentence `otherwise`."""

    def chosen(typed: str) -> str:
        if typed not in choices:
            raise FieldRefusal("invalid_field", otherwise, None)
        return typed

    return simple(chosen)


def whole(least: int, most: int) -> PlainValidator:
    """A whole number of plain digits from `least` to `most`. Refuses missing_field, out_of_range."""
    return simple(lambda typed: whole_number(typed, least, most))


def whole_number(typed: str, least: int, most: int) -> int:
    if not is_said(typed):
        raise missing()
    if not re.fullmatch(r"[0-9]{1,10}", typed, re.ASCII) or not least <= int(typed) <= most:
        raise FieldRefusal("out_of_range", OUT_OF_RANGE, None, least=least, most=most)
    return int(typed)


def _count(typed: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", typed):
        raise outdated()
    return int(typed)


Count = Annotated[int, simple(_count)]
"""A count that the page filled in. Anything but digits is refused as page_outdated."""


def missing() -> Malformed:
    return Malformed("missing_field", "Please fill this in.")


def _refusal(found: ErrorDetails) -> Refusal:
    """The refusal of a field. Errors of the types that REST shares become sentences for people."""
    refusal = _refused(found["type"], found["input"], found.get("ctx", {}))
    if not isinstance(refusal, Conflict):  # that the page is out of date is no fault of a field
        refusal.field = refusal.field or str(found["loc"][0])
    return refusal


def _refused(kind: str, typed: str, context: dict[str, Any]) -> Refusal:
    if isinstance(context.get("refusal"), Refusal):
        refusal: Refusal = context["refusal"]
        return refusal
    if kind == "string_too_long":
        return FieldRefusal("too_long", TOO_LONG, None, most=context["max_length"])
    if kind == "uuid_parsing":
        return Malformed("invalid_field", "Invalid form submission.")
    assert kind == "string_pattern_mismatch", "names are checked before"
    if not is_said(typed):
        return missing()
    if context["pattern"] == EMAIL:
        return Malformed("invalid_field", "This is not an e-mail address.")
    return Malformed("invalid_field", "Some characters cannot be used here.")
