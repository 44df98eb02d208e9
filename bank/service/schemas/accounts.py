from __future__ import annotations

from typing import Literal

from bank.service.acts.accounts import AccountState
from bank.service.models import Account, Client
from bank.service.schemas.common import Amount, BankId, CurrencyCode, Moment, RowId
from domain.money import Money
from edge.wire import Wire, utc, utc_or_none
from ledger import Line, Statement


class AccountIn(Wire):
    bank_id: BankId
    client_id: RowId
    currency: CurrencyCode


class AmountIn(Wire):
    amount: Amount
    currency: CurrencyCode


class OwnerOut(Wire):
    id: int
    name: str
    email: str


class AccountOut(Wire):
    number: str
    bank_id: int
    kind: Literal["client", "commission", "guarantee"]
    currency: str
    owner: OwnerOut | None
    created_at: Moment
    closed_at: Moment | None

    @classmethod
    def of(cls, row: Account, owner: Client | None) -> AccountOut:
        return cls.model_validate(_fields(row, owner))


class AccountsOut(Wire):
    items: list[AccountOut]
    next: str | None


class AccountStateOut(AccountOut):
    balance: Amount
    held: Amount
    """Part of the balance."""
    debt: Amount
    """What the account owes the operator's guarantee account for refunds; paid out of whatever arrives next."""

    @classmethod
    def of_state(cls, state: AccountState) -> AccountStateOut:
        currency = state.account.currency
        fields = _fields(state.account, state.owner)
        fields |= {
            "balance": Money(state.balance_minor, currency).amount,
            "held": Money(state.held_minor, currency).amount,
            "debt": Money(state.debt_minor, currency).amount,
        }
        return cls.model_validate(fields)


class LineOut(Wire):
    """Signed amounts: money that came is positive. `hold` and `end` rows change what is held, not the balance."""

    at: Moment
    kind: str
    amount: str
    held: str
    balance_after: str
    held_after: str
    reference: str
    key: str

    @classmethod
    def of(cls, line: Line, currency: str) -> LineOut:
        return cls(
            at=utc(line.at),
            kind=line.kind,
            amount=Money(line.amount_minor, currency).amount,
            held=Money(line.held_minor, currency).amount,
            balance_after=Money(line.after.balance_minor, currency).amount,
            held_after=Money(line.after.held_minor, currency).amount,
            reference=line.reference,
            key=line.key,
        )


class StatementOut(Wire):
    """Opening balance plus the amounts of all items of all pages is the closing balance."""

    number: str
    currency: str
    since: Moment
    until: Moment
    opening_balance: str
    closing_balance: str
    items: list[LineOut]
    next: str | None

    @classmethod
    def of(cls, account: Account, page: Statement) -> StatementOut:
        return cls(
            number=account.number,
            currency=account.currency,
            since=utc(page.since),
            until=utc(page.until),
            opening_balance=Money(page.opening.balance_minor, account.currency).amount,
            closing_balance=Money(page.closing.balance_minor, account.currency).amount,
            items=[LineOut.of(line, account.currency) for line in page.lines],
            next=None if page.next_after is None else str(page.next_after),
        )


def _fields(row: Account, owner: Client | None) -> dict[str, object]:
    return {
        "number": row.number,
        "bank_id": row.bank_id,
        "kind": row.kind,
        "currency": row.currency,
        "owner": None if owner is None else OwnerOut(id=owner.id, name=owner.name, email=owner.email),
        "created_at": utc(row.created_at),
        "closed_at": utc_or_none(row.closed_at),
    }
