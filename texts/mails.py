"""Mails: a template block for each kind, written in one language as subject, plain text and HTML.

The kind of a mail names its block: `deal.funded/buyer` is `deal_funded_buyer`. No mail names a commission or another
person's address, and only mails of codes carry a code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.money import Money
from edge.characters import isolated
from edge.mailer import Mail
from edge.quoting import unlinked
from texts.languages import LANGUAGES, Language, translations

_FOLDER: Final = Path(__file__).parent / "templates"
_AMOUNTS: Final = frozenset({"amount", "back", "fee", "least", "left", "price", "total"})
_TEXTS: Final = frozenset({"title", "reason", "details", "login", "name", "payer", "payee", "sender", "status"})
"""What people wrote: read in its own direction, and never as markup."""
_NO_LINKS: Final = frozenset({"details", "name", "payer", "payee", "sender"})


class Words(NamedTuple):
    subject: str
    text: str
    html: str


def write(kind: str, language: str, public_url: str, facts: Mapping[str, object]) -> Words:
    """The words of a mail, in English where `language` is not known.

    Amounts are `Money` or its text (`10.00 RUB`), times are aware or RFC 3339, and a text in each language is a mapping
    by language. Raises `KeyError` for a kind without a mail, and Jinja's `UndefinedError` for a fact that is missing.
    """
    block = _block(kind)
    template = _blocks()[block]
    spoken = Language.of(language if language in LANGUAGES else "en")
    values = {name: _written(name, value, spoken) for name, value in facts.items() if value is not None}
    values = {"details": "", "sender": ""} | values | {"site": public_url.rstrip("/")}
    subject, text, html = (
        _render(layout, spoken.code, template, block, values) for layout in ("subject", "text", "html")
    )
    page = f'<!doctype html><html lang="{spoken.code}"><meta charset="utf-8"><body>{html.strip()}</body></html>\n'
    return Words(" ".join(subject.split()), re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", page)


def has_mail(kind: str) -> bool:
    return _block(kind) in _blocks()


def kinds() -> frozenset[str]:
    """The names of all blocks."""
    return frozenset(_blocks())


def together(mails: Sequence[Mail], key: str) -> Mail:
    """Mails to one person in one language as one, in their order, under the newest one's subject."""
    if len(mails) == 1:
        return mails[0]
    newest = mails[-1]
    head = newest.html.partition("<body>")[0]
    parts = [f'<h2 dir="auto">{escape(mail.subject)}</h2>{_body(mail.html)}' for mail in mails]
    return Mail(
        to=newest.to,
        subject=f"{newest.subject} (+{len(mails) - 1})",
        text="\n\n".join(f"* {mail.subject}\n\n{mail.text}" for mail in mails),
        html=f"{head}<body>{'<hr>'.join(parts)}</body></html>\n",
        key=key,
        language=newest.language,
    )


def _body(html: str) -> str:
    return html.partition("<body>")[2].rpartition("</body>")[0]


def _block(kind: str) -> str:
    return re.sub(r"[./]", "_", kind)


@cache
def _blocks() -> dict[str, str]:
    """The template of each block."""
    environment = _environment("text", "en")
    names = [path.name for path in sorted(_FOLDER.glob("*.jinja"))]
    return {block: name for name in names for block in environment.get_template(name).blocks}


@cache
def _environment(layout: str, code: str) -> Environment:
    """The mails in one layout and one language. Only HTML is escaped."""
    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=layout == "html",  # noqa: S701  # subjects and plain text are no markup
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_translations(translations(code), newstyle=True)  # type: ignore[attr-defined]  # by the extension
    parts = made.get_template(f"layouts/{layout}.jinja").module
    for name in ("subject", "p", "link", "quote", "facts", "secret"):
        made.globals[name] = getattr(parts, name)
    return made


def _render(layout: str, code: str, template: str, block: str, values: Mapping[str, Any]) -> str:
    if layout == "html":
        values = {name: isolated(value) if name in _TEXTS and value else value for name, value in values.items()}
    found = _environment(layout, code).get_template(template)
    return "".join(found.blocks[block](found.new_context(dict(values))))


def _written(name: str, value: object, spoken: Language) -> str:
    if isinstance(value, Mapping):
        return str(value[spoken.code])
    if name in _AMOUNTS:
        return spoken.money(value if isinstance(value, Money) else _money(str(value)))
    if name == "until":
        return spoken.moment(value if isinstance(value, datetime) else datetime.fromisoformat(str(value)))
    if isinstance(value, datetime):
        return spoken.seconds(value)
    return unlinked(str(value)) if name in _NO_LINKS else str(value)


def _money(text: str) -> Money:
    """`10.00 RUB`, as notices keep amounts."""
    amount, _, currency = text.partition(" ")
    return Money(int(amount.replace(".", "")), currency)
