from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.fields import CurrencyCode, Moment, MoneyOut
from domain.limits import MAX_DETAILS
from domain.money import Money
from edge.wire import Wire, Words, utc
from ledger import Entry, History
from store.wallets import Wallet

Details = Annotated[Words, Field(max_length=MAX_DETAILS, description="Shown in the operations of both sides.")]
Kind = Literal["deposit", "transfer", "request", "hold", "capture", "void", "withdrawal", "return", "deal"]


class WalletIn(Wire):
    currency: CurrencyCode


class OperationOut(Wire):
    """One line of a wallet. It left `balance`, of which `held` is kept back.

    A deposit, transfer or capture moved `amount`, and `direction` says which way. A hold keeps it back and a void frees
    it: the balance stays, and the direction is `none`. So the amounts with their direction add up to the balance.
    `deal`: it was paid into a deal, or came out of one, as the seller's money or as a refund.
    """

    operation_id: str
    kind: Kind
    direction: Literal["in", "out", "none"]
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
            kind=_kind(entry),
            direction=_direction(entry.amount_minor),
            amount=money(abs(entry.amount_minor or entry.held_minor or entry.incoming_minor)),
            balance=money(entry.after.balance_minor),
            held=money(entry.after.held_minor),
            counterparty=_counterparty(entry.counterparty),
            details=entry.reference,
            created_at=utc(entry.at),
        )


def _direction(amount_minor: int) -> Literal["in", "out", "none"]:
    if not amount_minor:
        return "none"
    return "in" if amount_minor > 0 else "out"


def _counterparty(code: str) -> str:
    """Whom the ledger's account with this code stands for."""
    match code.split("/"):
        case ["wallet" | "deal", id_, *_]:
            return id_
        case ["outside", "deposit" | "withdrawal", name, *_]:
            return name
    return "platform"


def _kind(entry: Entry) -> Kind:
    match entry.kind:
        case "hold":
            return "hold"
        case "capture":
            return "withdrawal" if entry.key.startswith("withdrawal/") else _of_deal(entry) or "capture"
        case "void":
            return "void"
    match entry.key.split("/"):
        case ["deposit", *_]:
            return "deposit"
        case ["request", *_]:
            return "request"
        case ["withdrawal", *_]:
            return "return"
    return _of_deal(entry) or "transfer"


def _of_deal(entry: Entry) -> Literal["deal"] | None:
    """Payments of deals and what follows from them have keys of their own: `payment/…`, `refund/…`, `netting/…`."""
    return "deal" if entry.key.split("/")[0] in ("payment", "refund", "netting") else None


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
