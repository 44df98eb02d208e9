"""Templates: Jinja2 with every value escaped, sentences translated, amounts and times in the visitor's format."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from domain.wallets import PLATFORM
from edge.characters import isolated, isolated_line
from pages.languages import masked, utc_attribute
from pages.static import asset
from texts.languages import LANGUAGES, Language, translations

if TYPE_CHECKING:
    from pages.visit import Visit

_FOLDER: Final = Path(__file__).parent / "templates"


@cache
def environment(code: str) -> Environment:
    """The templates in one language."""
    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(translations(code), newstyle=True)  # type: ignore[attr-defined]  # by the extension
    made.policies["ext.i18n.trimmed"] = True
    made.globals["asset"] = asset
    made.globals["languages"] = LANGUAGES
    made.globals["new_key"] = lambda: secrets.token_urlsafe(16)
    made.filters["instant"] = lambda at: utc_attribute(at, "milliseconds")
    made.filters["masked"] = masked
    made.filters["isolated"] = isolated
    made.filters["isolated_line"] = isolated_line
    made.tests["wallet"] = lambda number: number.startswith(f"{PLATFORM:03}")  # a number that no bank has
    made.filters["pair"] = lambda value: (value, value)
    made.filters["bank_option"] = lambda bank: (bank.id, f"{bank.name} ({bank.id:03})")
    return made


# What a page says only sometimes.
_NOTHING_SAID: Final[Mapping[str, Any]] = {"fields": {}, "error": None, "notice": None, "live": None}


def render(template: str, visit: Visit, values: dict[str, Any]) -> str:
    language = visit.language
    shown: dict[str, Any] = {
        "visit": visit,
        "visitor": visit.visitor,
        "language": language,
        "csrf": visit.csrf,
        "test_money": visit.services.settings.test_bank_key is not None,
        "test_faucet": visit.services.settings.test_faucet_url,
        "path": visit.request.url.path,
        "this_page": visit.this_page,
        "say": language.say,
        "money": language.money,
        "moment": lambda at: _moment(language, at, language.moment(at)),
        "second": lambda at: _moment(language, at, language.seconds(at), seconds=True),
        "zone": Markup('<span id="zone">{}</span>').format(language.zone.key),
    }
    taken = shown.keys() & values.keys()
    if taken:  # what the frame around every page says would be about something else
        raise ValueError(f"{template} takes the names {', '.join(sorted(taken))} for other things")
    return environment(language.code).get_template(template).render({**_NOTHING_SAID, **shown, **values})


def _moment(language: Language, at: datetime, text: str, *, seconds: bool = False) -> Markup:
    marked = Markup(" data-seconds") if seconds else ""
    return Markup('<time datetime="{}"{}>{}</time>').format(utc_attribute(at), marked, text)
