"""A client's wallets: what is in them, and each operation with what it left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.fields import PAGE_SIZE
from api.wallets.schemas import OperationOut
from domain.money import Money
from edge.wire import MAX_INTEGER
from ledger import Balance, Entry, balance, history
from pages.languages import message
from pages.visit import Client
from store.wallets import Wallet, wallet_of_user, wallets_of

router = APIRouter()

KINDS: Final = {
    "deposit": message("Deposit"),
    "transfer": message("Transfer"),
    "request": message("Paid on request"),
    "hold": message("Held"),
    "capture": message("Taken from what was held"),
    "void": message("Free again"),
    "withdrawal": message("Withdrawal to a bank account"),
    "return": message("Sent back by the bank"),
    "deal": message("Deal"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One operation; `deal_id` where it belongs to a deal, `left` what was in the wallet after it."""

    what: str
    incoming: bool
    money: Money
    left: Money
    details: str
    deal_id: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Purse:
    """A wallet and what it holds: all of it, and what of that can be spent."""

    wallet: Wallet
    inside: Money
    available: Money
    held: Money

    @classmethod
    def of(cls, wallet: Wallet, found: Balance) -> Purse:
        def money(minor: int) -> Money:
            return Money(minor, wallet.currency)

        return cls(wallet, money(found.balance_minor), money(found.available_minor), money(found.held_minor))


@router.get("/my/wallets")
async def own_wallets(known: Client) -> Response:
    async with known.visit.transaction() as session:
        connection = await session.connection()
        owned = await wallets_of(session, known.visitor.user_id)
        purses = [Purse.of(wallet, await balance(connection, wallet.account_id)) for wallet in owned]
    return known.visit.page("wallets/own.html", purses=purses)


@router.get("/my/wallets/{wallet_id}")
async def own_wallet(
    known: Client, wallet_id: UUID, before: Annotated[int | None, Query(ge=1, le=MAX_INTEGER)] = None
) -> Response:
    """Operations, the newest first; `before` is where the page before has ended."""
    async with known.visit.transaction() as session:
        wallet = await wallet_of_user(session, known.visitor.user_id, wallet_id)
        found = await history(await session.connection(), wallet.account_id, before=before, limit=PAGE_SIZE)
    lines = [_line(entry, wallet.currency) for entry in found.entries]
    purse = Purse.of(wallet, found.balance)
    return known.visit.page("wallets/wallet.html", purse=purse, lines=lines, older=found.next_before)


def _line(entry: Entry, currency: str) -> Line:
    told = OperationOut.of(entry, currency)
    moved = abs(entry.amount_minor or entry.held_minor or entry.incoming_minor)
    return Line(
        what=KINDS[told.kind],
        incoming=told.direction == "in",
        money=Money(moved, currency),
        left=Money(entry.after.balance_minor, currency),
        details=told.details,
        deal_id=told.counterparty if entry.counterparty.startswith("deal/") else None,
        at=entry.at,
    )
