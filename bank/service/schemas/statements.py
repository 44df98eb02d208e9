"""Shared by all statements of an account, for any reader."""

from __future__ import annotations

from typing import Any

from bank.service.models import Account
from bank.service.schemas.common import Moment
from domain.money import Money
from edge.wire import Wire, utc
from ledger import Line, Statement


class EntryOut(Wire):
    """Signed amounts: incoming money is positive. `hold` and `end` rows change what is held, not the balance."""

    at: Moment
    kind: str
    amount: str
    held: str
    balance_after: str
    held_after: str


class PeriodOut(Wire):
    """Opening balance plus the amounts of all items of all pages is the closing balance."""

    number: str
    currency: str
    since: Moment
    until: Moment
    opening_balance: str
    closing_balance: str


def entry_fields(line: Line, currency: str) -> dict[str, Any]:
    """The fields of `EntryOut`."""
    return {
        "at": utc(line.at),
        "kind": line.kind,
        "amount": Money(line.amount_minor, currency).amount,
        "held": Money(line.held_minor, currency).amount,
        "balance_after": Money(line.after.balance_minor, currency).amount,
        "held_after": Money(line.after.held_minor, currency).amount,
    }


def period_fields(account: Account, page: Statement) -> dict[str, Any]:
    """The fields of `PeriodOut`, and `next`: where the page after this one begins, or None."""
    return {
        "number": account.number,
        "currency": account.currency,
        "since": utc(page.since),
        "until": utc(page.until),
        "opening_balance": Money(page.opening.balance_minor, account.currency).amount,
        "closing_balance": Money(page.closing.balance_minor, account.currency).amount,
        "next": None if page.next_after is None else str(page.next_after),
    }
