from __future__ import annotations

from bank.service.models import Bank
from bank.service.schemas.common import Amount, CurrencyCode, Name
from domain.money import Money
from edge.wire import Wire


class BankIn(Wire):
    name: Name
    requisite: Name
    currency: CurrencyCode = "RUB"


class BankOut(Wire):
    id: int
    name: str
    requisite: str
    currency: str
    commission_account: str
    guarantee_account: str

    @classmethod
    def of(cls, row: Bank) -> BankOut:
        return cls(
            id=row.id,
            name=row.name,
            requisite=row.requisite,
            currency=row.currency,
            commission_account=row.commission_account,
            guarantee_account=row.guarantee_account,
        )


class BankStateOut(BankOut):
    """`balance` is the bank's own, in its currency: the fees that it has earned and still has."""

    balance: Amount

    @classmethod
    def of_state(cls, row: Bank, balance_minor: int) -> BankStateOut:
        shown = BankOut.of(row).model_dump()
        return cls(**shown, balance=Money(balance_minor, row.currency).amount)


class BanksOut(Wire):
    items: list[BankOut]
