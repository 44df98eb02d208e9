from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.fields import CurrencyCode, Moment, MoneyOut, PageOut
from domain.limits import MAX_DETAILS
from domain.money import Money
from edge.wire import Wire, Words, utc
from ledger import Entry, History
from market.statement import Direction, Kind, counterparty_of, direction_of, kind_of
from store.wallets.wallets import Wallet

Details = Annotated[Words, Field(max_length=MAX_DETAILS, description="Shown in the operations of both sides.")]


class WalletIn(Wire):
    currency: CurrencyCode


class OperationOut(Wire):
    """One operation of a wallet, with the `balance` after it, of which `held` is on hold.

    A deposit, transfer or capture moved `amount`, and `direction` says which way. A hold reserves it and a void frees
    it: the balance stays, and the direction is `none`. So the amounts with their direction add up to the balance.
    `deal`: it was paid into a deal, or came out of one, as the seller's money or as a refund.
    """

    operation_id: str
    kind: Kind
    direction: Direction
    amount: MoneyOut
    balance: MoneyOut
    held: MoneyOut
    counterparty: Annotated[
        str,
        Field(
            description="The id of the other user or of the deal, the name of the deposit's source, the bank of a "
            "withdrawal, or `platform`."
        ),
    ]
    details: str
    created_at: Moment

    @classmethod
    def of(cls, entry: Entry, currency: str) -> OperationOut:
        def money(minor: int) -> MoneyOut:
            return MoneyOut.of(Money(minor, currency))

        return cls(
            operation_id=str(entry.transfer_id),
            kind=kind_of(entry),
            direction=direction_of(entry),
            amount=money(abs(entry.amount_minor or entry.held_minor or entry.incoming_minor)),
            balance=money(entry.after.balance_minor),
            held=money(entry.after.held_minor),
            counterparty=counterparty_of(entry),
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
    user_id: str
    currency: str

    @classmethod
    def of(cls, wallet: Wallet) -> WalletLineOut:
        return cls(wallet_id=str(wallet.id), user_id=str(wallet.user_id), currency=wallet.currency)


class WalletsOut(PageOut[WalletLineOut]):
    pass
