from __future__ import annotations

from typing import Literal

from bank.service.acts.accounts import AccountState
from bank.service.models import Account, Client
from bank.service.schemas.common import Amount, BankId, CurrencyCode, Moment, RowId
from bank.service.schemas.statements import EntryOut, PeriodOut, entry_fields, period_fields
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
    """What the account owes the platform's guarantee account for refunds; netted from the next money that arrives."""

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


class LineOut(EntryOut):
    reference: str
    key: str

    @classmethod
    def of(cls, line: Line, currency: str) -> LineOut:
        return cls.model_validate(entry_fields(line, currency) | {"reference": line.reference, "key": line.key})


class StatementOut(PeriodOut):
    items: list[LineOut]
    next: str | None

    @classmethod
    def of(cls, account: Account, page: Statement) -> StatementOut:
        items = [LineOut.of(line, account.currency) for line in page.lines]
        return cls.model_validate(period_fields(account, page) | {"items": items})


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
