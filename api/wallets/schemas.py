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
Kind = Literal["deposit", "transfer", "request", "hold", "capture", "void", "withdrawal", "return"]


class WalletIn(Wire):
    currency: CurrencyCode


class OperationOut(Wire):
    """One line of a wallet. It left `balance`, of which `held` is kept back.

    A deposit, transfer or capture moved `amount`; a hold keeps it back, a void frees it.
    """

    operation_id: str
    kind: Kind
    direction: Literal["in", "out"]
    amount: MoneyOut
    balance: MoneyOut
    held: MoneyOut
    counterparty: Annotated[
        str,
        Field(description="The id of the other user, the name of the deposit's source, or the bank of a withdrawal."),
    ]
    details: str
    created_at: Moment

    @classmethod
    def of(cls, entry: Entry, currency: str) -> OperationOut:
        def money(minor: int) -> MoneyOut:
            return MoneyOut.of(Money(minor, currency))

        # Codes: wallet/{user}/{currency}, outside/deposit/{source}/{currency}, outside/withdrawal/{bank}/{currency}.
        owner, name, *rest = entry.counterparty.split("/")
        return cls(
            operation_id=str(entry.transfer_id),
            kind=_kind(entry),
            direction="out" if entry.amount_minor < 0 or entry.held_minor else "in",
            amount=money(abs(entry.amount_minor or entry.held_minor or entry.incoming_minor)),
            balance=money(entry.after.balance_minor),
            held=money(entry.after.held_minor),
            counterparty=name if owner == "wallet" else rest[0],
            details=entry.reference,
            created_at=utc(entry.at),
        )


def _kind(entry: Entry) -> Kind:
    match entry.kind:
        case "hold":
            return "hold"
        case "capture":
            return "withdrawal" if entry.key.startswith("withdrawal/") else "capture"
        case "void":
            return "void"
    match entry.key.split("/"):
        case ["deposit", *_]:
            return "deposit"
        case ["request", *_]:
            return "request"
        case ["withdrawal", *_]:
            return "return"
    return "transfer"


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


class WalletsOut(Wire):
    items: list[WalletLineOut]
    next: str | None
