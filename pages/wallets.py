"""A client's wallets: their balances, and each operation with the balance after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from domain.errors import Malformed, Refusal
from domain.gateways import GatewayId
from domain.money import Money
from edge.wire import MAX_INTEGER
from fronts.paging import PAGE_SIZE
from ledger import Entry, balance, history
from market.statement import Kind, counterparty_of, direction_of, kind_of
from market.wallets import open_wallet
from pages.currencies import usual_currency
from pages.visit import Client, Known
from pages.wallet_view import WalletView
from store.banks.banks import banks
from store.deals.deals import titles_of
from store.wallets.wallets import wallet_of_user, wallets_of
from texts.languages import message

router = APIRouter()

FOR_THE_PAYEE: Final = {
    Kind.HOLD: message("Held for you in another wallet"),
    Kind.VOID: message("No longer held for you"),
}
TO_AN_ADDRESS: Final = message("Withdrawal to an address")
SIGNS: Final = {"in": "+", "out": "\u2212", "none": ""}


@dataclass(frozen=True, slots=True)
class Line:
    """One operation; `deal_id` if it belongs to a deal.

    `balance` is the wallet's balance after it, of which `held` was reserved. `sign` is empty if the balance did not
    change.
    """

    what: str
    sign: str
    money: Money
    balance: Money
    held: Money
    details: str
    deal_id: str | None
    at: datetime


@router.get("/my/wallets")
async def own_wallets(known: Client, currency: Annotated[str | None, Query(pattern="^[A-Z]{3,4}$")] = None) -> Response:
    """`currency` is that of a deal for which the client needs a wallet: the form offers it first."""
    return await _own(known, None if currency is None else {"currency": currency})


@router.post("/my/wallets")
async def open_one(known: Client) -> Response:
    """Opens an empty wallet; one per currency."""
    fields = await known.visit.form("currency")
    try:
        async with known.visit.transaction() as session:
            if fields["currency"] not in await _currencies(session, known):
                raise Malformed("unknown_currency", "Please choose a currency from the list.", "currency")
            opened = await open_wallet(session, known.visitor.actor, known.visitor.user_id, fields["currency"])
    except Refusal as refusal:
        return await _own(known, fields, refusal)
    return known.visit.to(f"/my/wallets/{opened.value.id}")


@router.get("/my/wallets/{wallet_id}")
async def own_wallet(
    known: Client, wallet_id: UUID, before: Annotated[int | None, Query(ge=1, le=MAX_INTEGER)] = None
) -> Response:
    """Operations, the newest first; `before` is where the previous page ended."""
    async with known.visit.reading() as session:
        wallet = await wallet_of_user(session, known.visitor.user_id, wallet_id)
        found = await history(await session.connection(), wallet.account_id, before=before, limit=PAGE_SIZE)
        lines = [_line(entry, wallet.currency) for entry in found.entries]
        titles = await titles_of(session, [UUID(line.deal_id) for line in lines if line.deal_id])
    wallet_view = WalletView.of(wallet, found.balance)
    return known.visit.page(
        "wallets/wallet.html", wallet_view=wallet_view, lines=lines, titles=titles, older=found.next_before
    )


async def _own(known: Known, fields: dict[str, str] | None = None, refusal: Refusal | None = None) -> Response:
    async with known.visit.transaction() as session:
        connection = await session.connection()
        owned = await wallets_of(session, known.visitor.user_id)
        wallet_views = [WalletView.of(wallet, await balance(connection, wallet.account_id)) for wallet in owned]
        usual = await usual_currency(session, known)
        missing = sorted(await _currencies(session, known) - {wallet.currency for wallet in owned})
    return known.visit.page(
        "wallets/own.html",
        wallet_views=wallet_views,
        currencies=missing,
        fields=fields or {"currency": usual},
        refusal=refusal,
    )


async def _currencies(session: AsyncSession, known: Known) -> set[str]:
    """Currencies in which money can come from outside and go there: the banks', and those of other gateways."""
    others = [one.rules for one in known.visit.services.gateways if one.rules.id != GatewayId.BANK_TRANSFER]
    return {bank.currency for bank in await banks(session)} | {
        limits.currency for rules in others for limits in rules.limits
    }


def _line(entry: Entry, currency: str) -> Line:
    kind = kind_of(entry)
    moved = abs(entry.amount_minor or entry.held_minor or entry.incoming_minor)
    what = FOR_THE_PAYEE.get(kind, kind.text) if entry.incoming_minor else kind.text
    if kind is Kind.WITHDRAWAL and counterparty_of(entry) == "tron":
        what = TO_AN_ADDRESS
    return Line(
        what=what,
        sign=SIGNS[direction_of(entry)],
        money=Money(moved, currency),
        balance=Money(entry.after.balance_minor, currency),
        held=Money(entry.after.held_minor, currency),
        details=entry.reference,
        deal_id=counterparty_of(entry) if entry.counterparty.startswith("deal/") else None,
        at=entry.at,
    )
