"""What came to an account of the platform at a bank, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from pydantic import TypeAdapter

from bank.calls import Call, Moment, with_money
from bank.errors import Contradiction
from domain.money import Money


@dataclass(frozen=True, slots=True)
class Remittance:
    """Money that a client of a bank sent to the account; `details` is what they wrote.

    `number` counts what came to the account, without a gap. `booked_at` is the bank's time, UTC. `returned_at`: all of
    it went back to the sender.
    """

    key: str
    number: int
    amount: Money
    payer_account: str
    payee_account: str
    details: str
    booked_at: Moment
    returned_at: Moment | None


@dataclass(frozen=True, slots=True)
class Remittances:
    """One page in order of the numbers; `more`: others follow. Everything that was booked up to `complete_until` is on
    this page or before it.
    """

    items: list[Remittance]
    more: bool
    complete_until: Moment


_ONE: Final = TypeAdapter(Remittance)
_PAGE: Final = TypeAdapter(Remittances)


def send_back(key: str, operation_key: str, amount: Money) -> Call[Remittance]:
    """Sends what came to the platform's account back to its sender, once and as a whole; done, it has `amount`."""
    expected: dict[str, object] = {"key": operation_key, "amount": amount}
    return Call(key, f"/remittances/{quote(operation_key, safe='')}/return", {}, partial(_as_asked, expected))


def _as_asked(expected: Mapping[str, object], answer: Mapping[str, Any]) -> Remittance:
    returned = _ONE.validate_python(with_money(answer, amounts=("amount",)))
    if returned.returned_at is None:
        raise Contradiction("returned_at")
    for name, value in expected.items():
        if getattr(returned, name) != value:
            raise Contradiction(name)
    return returned


def read_remittances(account: str, after: int, answer: Mapping[str, Any]) -> Remittances:
    """Raises `ValueError`, `KeyError`, `TypeError` or `Malformed` for another shape, another account or a gap."""
    items = [with_money(item, amounts=("amount",)) for item in answer["items"]]
    page = _PAGE.validate_python(
        {"items": items, "more": answer["next"] is not None, "complete_until": answer["complete_until"]}
    )
    if [one.number for one in page.items] != list(range(after + 1, after + 1 + len(page.items))):
        raise ValueError("numbers with a gap")
    if any(one.payee_account != account for one in page.items) or (page.more and not page.items):
        raise ValueError("another account, or pages without an end")
    return page
