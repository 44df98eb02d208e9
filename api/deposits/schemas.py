from __future__ import annotations

from api.fields import Id, Moment, MoneyIn, MoneyOut
from api.wallets.schemas import Details
from domain.money import Money
from edge.wire import Wire, utc
from store.wallets.movements import Deposit, Moved


class DepositIn(Wire):
    wallet_id: Id
    amount: MoneyIn
    details: Details = ""


class DepositOut(Wire):
    """`balance` is that of the wallet right after the deposit."""

    operation_id: str
    wallet_id: str
    amount: MoneyOut
    balance: MoneyOut
    details: str
    created_at: Moment

    @classmethod
    def of(cls, deposit: Deposit, moved: Moved) -> DepositOut:
        return cls(
            operation_id=str(moved.operation_id),
            wallet_id=str(deposit.wallet),
            amount=MoneyOut.of(deposit.money),
            balance=MoneyOut.of(Money(moved.balance.balance_minor, deposit.money.currency)),
            details=deposit.details,
            created_at=utc(moved.at),
        )
