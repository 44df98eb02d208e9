from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from api.fields import CurrencyCode, Moment, MoneyOut
from domain.money import Money
from edge.wire import CleanText, Wire, utc
from ledger import Entry, History
from store.wallets import Wallet

MAX_DETAILS: Final = 500  # what the ledger keeps with a transfer

Details = Annotated[CleanText, Field(max_length=MAX_DETAILS, description="Shown in the operations of both sides.")]
Kind = Literal["deposit", "transfer"]


class WalletIn(Wire):
    currency: CurrencyCode


class OperationOut(Wire):
    """One line of a wallet: `amount` came `in` or went `out`, and left `balance`."""

    operation_id: str
    kind: Kind
    direction: Literal["in", "out"]
    amount: MoneyOut
    balance: MoneyOut
    counterparty: Annotated[str, Field(description="The id of the other user, or the name of the deposit's source.")]
    details: str
    created_at: Moment

    @classmethod
    def of(cls, entry: Entry, currency: str) -> OperationOut:
        kind: Kind = "deposit" if entry.key.startswith("deposit/") else "transfer"
        parts = entry.counterparty.split("/")
        return cls(
            operation_id=str(entry.transfer_id),
            kind=kind,
            direction="in" if entry.amount_minor > 0 else "out",
            amount=MoneyOut.of(Money(abs(entry.amount_minor), currency)),
            balance=MoneyOut.of(Money(entry.after.balance_minor, currency)),
            counterparty=parts[2] if kind == "deposit" else parts[1],
            details=entry.reference,
            created_at=utc(entry.at),
        )


class WalletOut(Wire):
    """`balance` = `available` + `held`. Operations are the newest first."""

    wallet_id: str
    user_id: str
    currency: str
    balance: MoneyOut
    available: MoneyOut
    held: MoneyOut
    created_at: Moment
    operations: list[OperationOut]
    next: Annotated[int | None, Field(description="`before` of the next page of operations.")]

    @classmethod
    def of(cls, wallet: Wallet, history: History) -> WalletOut:
        def money(minor: int) -> MoneyOut:
            return MoneyOut.of(Money(minor, wallet.currency))

        return cls(
            wallet_id=str(wallet.id),
            user_id=str(wallet.user_id),
            currency=wallet.currency,
            balance=money(history.balance.balance_minor),
            available=money(history.balance.available_minor),
            held=money(history.balance.held_minor),
            created_at=utc(wallet.created_at),
            operations=[OperationOut.of(entry, wallet.currency) for entry in history.entries],
            next=history.next_before,
        )


class WalletLineOut(Wire):
    wallet_id: str
    currency: str


class WalletsOut(Wire):
    items: list[WalletLineOut]
    next: None
    """A user has a handful of wallets: they come in one page."""
