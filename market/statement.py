"""A wallet's statement: what each entry of the ledger means to the wallet's owner."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from ledger import Entry
from texts.languages import message


class Kind(StrEnum):
    """What an operation is to the owner of the wallet."""

    text: str  # how a page names it

    def __new__(cls, value: str, text: str) -> Kind:
        kind = str.__new__(cls, value)
        kind._value_, kind.text = value, text
        return kind

    DEPOSIT = "deposit", message("Deposit")
    TOP_UP = "top_up", message("Top-up")
    TRANSFER = "transfer", message("Transfer")
    REQUEST = "request", message("Paid on request")
    HOLD = "hold", message("Held")
    CAPTURE = "capture", message("Taken from what was held")
    VOID = "void", message("Free again")
    WITHDRAWAL = "withdrawal", message("Withdrawal to a bank account")
    RETURN = "return", message("Sent back by the bank")
    CORRECTION = "correction", message("Correction")
    DEAL = "deal", message("Deal")


Direction = Literal["in", "out", "none"]


def direction_of(entry: Entry) -> Direction:
    """Which way money moved: `none` for a hold, which reserves it, and a void, which frees it."""
    if not entry.amount_minor:
        return "none"
    return "in" if entry.amount_minor > 0 else "out"


def counterparty_of(entry: Entry) -> str:
    """Whom the account on the other side represents: the id of a user or deal, the name of a source or bank."""
    match entry.counterparty.split("/"):
        case ["wallet" | "deal", id_, *_]:
            return id_
        case ["outside", "deposit" | "withdrawal", name, *_] | ["outside", "tron" as name, _]:
            return name
    return "platform"


def kind_of(entry: Entry) -> Kind:
    """By the ledger's key, whose first part is the noun (`domain/keys.py`)."""
    match entry.kind, entry.key.partition("/")[0]:
        case "hold", _:
            return Kind.HOLD
        case "void", _:
            return Kind.VOID
        case "capture", "withdrawal":
            return Kind.WITHDRAWAL
        case _, "payment" | "refund" | "netting":
            return Kind.DEAL
        case "capture", _:
            return Kind.CAPTURE
        case _, "deposit":
            return Kind.DEPOSIT
        case _, "incoming":
            return Kind.TOP_UP
        case _, "request":
            return Kind.REQUEST
        case _, "correction":
            return Kind.CORRECTION
        case _, "withdrawal":
            return Kind.RETURN
    return Kind.TRANSFER
