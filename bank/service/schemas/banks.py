from __future__ import annotations

from bank.service.models import Bank
from bank.service.schemas.common import CurrencyCode, Name
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


class BanksOut(Wire):
    items: list[BankOut]
