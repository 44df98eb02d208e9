"""Amounts as people type them, by the rules of the page's language.

Any amount that a page prints can be typed back. Digits come in groups of three after a space or the language's own
mark, or ungrouped; ambiguous input is refused, and the refusal shows how the amount is written.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Final

from babel.numbers import get_decimal_symbol, get_group_symbol
from pydantic import ValidationInfo

from domain.errors import Malformed
from domain.money import MAX_MINOR, Money, decimals
from pages.forms import FieldRefusal, rule
from texts.languages import Language, message

_SPACES: Final = " \u00a0\u2009\u202f"
_LONGEST: Final = 40
SUCH_AS: Final = message("Please type an amount such as %(example)s, above zero.")
NO_DECIMALS: Final = message("%(currency)s has no decimals: type an amount such as %(example)s.")
TOO_FINE: Final = message("%(currency)s has at most %(places)s decimals: type an amount such as %(example)s.")
TOO_LARGE: Final = message("This amount is too large: at most %(most)s.")


def read_money(language: Language, typed: str, currency: str, field: str = "amount") -> Money:
    """The typed amount. Raises `Malformed` bad_amount or missing_field naming `field`, unknown_currency."""
    if not typed:
        raise Malformed("missing_field", "Please fill this in.", field)
    places, example = decimals(currency), language.example(currency)
    found = _pattern(language.code).fullmatch(typed) if len(typed) <= _LONGEST else None
    if found is None or found["currency"] not in (None, currency):
        raise FieldRefusal("bad_amount", SUCH_AS, field, example=example)
    whole, fraction = re.sub(r"[^0-9]", "", found["whole"]), found["fraction"] or ""
    if found["foreign"] and len(fraction) == 3 and len(whole) < 4 and not whole.startswith("0"):
        # Elsewhere this groups thousands: 1.250 is not read as one and a quarter.
        raise FieldRefusal("bad_amount", SUCH_AS, field, example=example)
    if len(fraction) > places:
        sentence = TOO_FINE if places else NO_DECIMALS
        raise FieldRefusal("bad_amount", sentence, field, currency=currency, places=places, example=example)
    minor = int(whole + fraction.ljust(places, "0"))
    if minor > MAX_MINOR:
        raise FieldRefusal("bad_amount", TOO_LARGE, field, most=Money(MAX_MINOR, currency))
    if not minor:
        raise FieldRefusal("bad_amount", SUCH_AS, field, example=example)
    return Money(minor, currency)


def read_amount(typed: str, info: ValidationInfo) -> Money:
    """As `read_money`, for a field of a form whose context says `language` and `currency`."""
    context = info.context or {}
    return read_money(context["language"], typed, context["currency"], info.field_name or "amount")


Amount = Annotated[Money, rule(read_amount)]


@cache
def _pattern(code: str) -> re.Pattern[str]:
    """Whole digits, grouped by a single mark or not at all, then decimals, then perhaps the currency.

    `foreign` is a decimal point in a language that does not use it: keyboards have it anyway.
    """
    locale = Language.of(code).locale
    group, point = get_group_symbol(locale), get_decimal_symbol(locale)
    marks = "".join({*_SPACES, group})
    foreign = "[.]" if "." not in (group, point) else "(?!)"
    return re.compile(
        rf"(?P<whole>[1-9][0-9]{{0,2}}(?P<mark>[{re.escape(marks)}])[0-9]{{3}}(?:(?P=mark)[0-9]{{3}})*|[0-9]+)"
        rf"(?:(?:{re.escape(point)}|(?P<foreign>{foreign}))(?P<fraction>[0-9]+))?"
        rf"(?:[{_SPACES}]?(?P<currency>[A-Z]{{3,4}}))?",
        re.ASCII,
    )
