"""The texts that carry a code: what it confirms comes before the code itself.

The templates are in `templates/`, a folder for each language.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from domain.money import Money
from edge.codes import grouped

# Names come from outside: HTML is escaped, and a missing fact is a bug, never an empty place.
_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
)


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """What the code of an operation confirms; `name` is the payer's. Without a `payee_name` it is the marketplace."""

    name: str
    amount: Money
    fee: Money
    payee_name: str | None
    payee_account: str

    @property
    def shown(self) -> dict[str, object]:
        return asdict(self) | {"amount": self.amount, "fee": self.fee, "total": self.amount + self.fee}


@dataclass(frozen=True, slots=True)
class AccessFacts:
    """What the code of an account access confirms: `asker` may see `account` for so many minutes."""

    name: str
    asker: str
    account: str
    minutes: int

    @property
    def shown(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class OwnershipFacts:
    """What the code of an ownership confirms: the person who entered it at `asker` owns `account`."""

    name: str
    asker: str
    account: str

    @property
    def shown(self) -> dict[str, object]:
        return asdict(self)


Facts = PaymentFacts | AccessFacts | OwnershipFacts
_TEMPLATES_OF: Final = {PaymentFacts: "payment", AccessFacts: "access", OwnershipFacts: "ownership"}


@dataclass(frozen=True, slots=True)
class Words:
    """One message as a mail (`subject`, `text`, `html`) and as a text message (`short`). Never shown."""

    subject: str
    text: str
    html: str
    short: str

    def __repr__(self) -> str:
        return "Words()"


def words(facts: Facts, code: str, expires_at: datetime, language: str) -> Words:
    """`code` is normalised; `expires_at` is shown in UTC; `language` is `en` or `ru`."""
    name = _TEMPLATES_OF[type(facts)]
    until = expires_at.astimezone(UTC).strftime("%H:%M:%S UTC")
    shown = facts.shown | {"code": grouped(code), "until": until}

    def rendered(kind: str) -> str:
        return _TEMPLATES.get_template(f"{language}/{name}.{kind}").render(shown)

    return Words(rendered("subject.txt").strip(), rendered("txt"), rendered("html"), rendered("sms.txt").strip())
