from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bank.service.acts.accounts import AccountState
from bank.service.models import Account
from bank.service.schemas.common import Amount, CurrencyCode, Moment
from bank.service.schemas.statements import EntryOut, PeriodOut, entry_fields, period_fields
from domain.money import Money
from edge.wire import CleanText, Timestamp, Wire
from ledger import Line, Statement

# The form of a number does not show whether the account exists.
AskedNumber = Annotated[str, Field(pattern=r"^[0-9]{3}[0-9a-f]{10}$", examples=["007a1b2c3d4e5"])]

AccountToken = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]


class AccessTokenIn(Wire):
    code: CleanText
    submitted_at: Timestamp
    """When the owner entered the code; expiry is judged by it if it is believable and at most a day old."""


class AccessTokenOut(Wire):
    """`token` goes into the header `Account-Token`; null where an answer is only looked up by its key."""

    access: str
    token: str | None
    expires_at: Moment


class BalanceOut(Wire):
    """`held` is part of the balance; `available` is the rest."""

    number: str
    currency: CurrencyCode
    balance: Amount
    held: Amount
    available: Amount

    @classmethod
    def of(cls, state: AccountState) -> BalanceOut:
        currency = state.account.currency
        return cls(
            number=state.account.number,
            currency=currency,
            balance=Money(state.balance_minor, currency).amount,
            held=Money(state.held_minor, currency).amount,
            available=Money(state.balance_minor - state.held_minor, currency).amount,
        )


class OwnerLineOut(EntryOut):
    """`operation` is null for operations of another marketplace."""

    operation: str | None


class OwnerStatementOut(PeriodOut):
    items: list[OwnerLineOut]
    next: str | None

    @classmethod
    def of(cls, account: Account, page: Statement, own: set[str]) -> OwnerStatementOut:
        """`own`: the keys of the operations that the reader may know."""
        items = [_line(line, account.currency, own) for line in page.lines]
        return cls.model_validate(period_fields(account, page) | {"items": items})


def _line(line: Line, currency: str, own: set[str]) -> OwnerLineOut:
    operation = line.key.partition("/")[0]
    fields = entry_fields(line, currency) | {"operation": operation if operation in own else None}
    return OwnerLineOut.model_validate(fields)
