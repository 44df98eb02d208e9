"""A wallet's statement: what each entry of the ledger means to the wallet's owner."""

from __future__ import annotations

from typing import Literal

from ledger import Entry

Kind = Literal["deposit", "transfer", "request", "hold", "capture", "void", "withdrawal", "return", "deal"]
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
        case ["outside", "deposit" | "withdrawal", name, *_]:
            return name
    return "platform"


def kind_of(entry: Entry) -> Kind:
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
    """Payments of deals, and what follows from them, have separate keys: `payment/…`, `refund/…`, `netting/…`."""
    return "deal" if entry.key.split("/")[0] in ("payment", "refund", "netting") else None
