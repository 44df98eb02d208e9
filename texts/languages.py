"""Two languages: English is written in code and templates, Russian in `translations/ru.po`, read once at the start."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, format_timedelta
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, get_decimal_symbol, get_group_symbol
from babel.support import Translations
from babel.units import format_unit

from domain.money import Money, decimals

LANGUAGES: Final = {"en": "English", "ru": "Русский"}
_FOLDER: Final = Path(__file__).parent / "translations"


def message(text: str) -> str:
    """Marks a sentence for translation where it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Language:
    """The reader's language. `zone` is the reader's time zone where the browser sends it, else UTC."""

    code: str
    zone: ZoneInfo

    @classmethod
    def of(cls, code: str) -> Language:
        """Where nothing depends on the time zone."""
        return cls(code, ZoneInfo("UTC"))

    @property
    def locale(self) -> Locale:
        return Locale.parse("en_GB" if self.code == "en" else self.code)

    def say(self, text: str) -> str:
        """`text` in this language; in English when there is no translation."""
        return translations(self.code).gettext(text)

    def money(self, money: Money) -> str:
        """`1,250.00 RUB`, as the language groups digits; never through a float."""
        whole, point, fraction = money.amount.partition(".")
        grouped = format_decimal(int(whole), locale=self.locale, group_separator=True)
        sign = "-" if whole.startswith("-") and int(whole) == 0 else ""
        separator = get_decimal_symbol(self.locale) if point else ""
        return f"{sign}{grouped}{separator}{fraction}\u00a0{money.currency}"

    def write(self, value: int | str | Money) -> str:
        """A value within a sentence."""
        if isinstance(value, Money):
            return self.money(value)
        return format_decimal(value, locale=self.locale) if isinstance(value, int) else value

    def plain(self, money: Money) -> str:
        """The amount alone, as people type it."""
        return money.amount.replace(".", get_decimal_symbol(self.locale))

    def moment(self, at: datetime) -> str:
        """Date and time in the reader's zone, with the zone."""
        local = at.astimezone(self.zone)
        return f"{format_datetime(local, 'd MMM y, HH:mm', locale=self.locale)} {local.tzname() or 'UTC'}"

    def seconds(self, at: datetime) -> str:
        """The same to the second, where seconds decide."""
        local = at.astimezone(self.zone)
        return f"{format_datetime(local, 'd MMM y, HH:mm:ss', locale=self.locale)} {local.tzname() or 'UTC'}"

    def span(self, seconds: float) -> str:
        """About how long, in words: `3 hours`."""
        length = timedelta(seconds=abs(seconds))
        return format_timedelta(length, granularity="minute", threshold=1.2, locale=self.locale)

    def countdown(self, seconds: float) -> str:
        """Duration to the second: `1:05:09`, `6 days 1:05:09`. The script of the pages writes it in the same way."""
        minutes, second = divmod(max(0, int(seconds)), 60)
        hours, minute = divmod(minutes, 60)
        days, hour = divmod(hours, 24)
        clock = f"{hour}:{minute:02}:{second:02}"
        return f"{format_unit(days, 'duration-day', locale=self.locale)} {clock}" if days else clock

    def example(self, currency: str) -> str:
        """An example of an amount, for a hint beside a field."""
        return f"1{get_group_symbol(self.locale)}250".replace("\u00a0", " ") + (
            f"{get_decimal_symbol(self.locale)}{'0' * decimals(currency)}" if decimals(currency) else ""
        )


@cache
def translations(code: str) -> Translations:
    """The catalogue of a language, compiled in memory: no build step, and no compiled file to become outdated."""
    path = _FOLDER / f"{code}.po"
    if not path.exists():
        return Translations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=code)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
