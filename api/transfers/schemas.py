from __future__ import annotations

from api.fields import Id, Moment, MoneyIn, MoneyOut
from api.wallets.schemas import Details
from domain.money import Money
from edge.wire import Wire, utc
from store.wallets.movements import Moved, Transfer


class TransferIn(Wire):
    from_wallet_id: Id
    to_wallet_id: Id
    amount: MoneyIn
    details: Details = ""


class TransferOut(Wire):
    """`balance` is that of the payer's wallet right after the transfer."""

    operation_id: str
    from_wallet_id: str
    to_wallet_id: str
    amount: MoneyOut
    balance: MoneyOut
    details: str
    created_at: Moment

    @classmethod
    def of(cls, transfer: Transfer, moved: Moved) -> TransferOut:
        return cls(
            operation_id=str(moved.operation_id),
            from_wallet_id=str(transfer.from_wallet),
            to_wallet_id=str(transfer.to_wallet),
            amount=MoneyOut.of(transfer.money),
            balance=MoneyOut.of(Money(moved.balance.balance_minor, transfer.money.currency)),
            details=transfer.details,
            created_at=utc(moved.at),
        )
