"""Test money for wallets, and test accounts at the bank: only on a local stack; elsewhere these pages do not exist."""

from __future__ import annotations

from functools import partial
from typing import Any, Final
from uuid import UUID

import httpx
from fastapi import APIRouter
from pydantic import SecretStr
from starlette.responses import Response

from domain.errors import NotFound, Refusal, Unavailable
from market.wallets import move
from pages.acts import done
from pages.amounts import read_money
from pages.turns import act_in_turn, turns_taken
from pages.visit import Client, Known
from pages.wallet_view import currency_of
from store.banks.banks import Bank, banks
from store.people.users import User, user_of
from store.wallets.movements import Deposit
from store.wallets.wallets import wallets_of

router = APIRouter()

SOURCE: Final = "test-money"
OPENING: Final = "100000.00"
_TURNS: Final = "test-money"


@router.get("/my/test-money")
async def test_money(known: Client) -> Response:
    return await _page(known, {})


@router.post("/my/test-money")
async def add_test_money(known: Client) -> Response:
    """`number` is how often money was added before: a form sent twice adds once."""
    fields = await known.visit.form("wallet", "amount", "number")
    try:
        wallet_id = _id(fields["wallet"])
        money = read_money(known.visit.language, fields["amount"], await currency_of(known, wallet_id))
        key = f"{_TURNS}/{fields['number']}"
        deposit = Deposit(known.visitor.caller, key, SOURCE, wallet_id, money, "")
        await act_in_turn(known, _TURNS, fields, done(partial(move, movement=deposit)))
    except Refusal as refusal:
        return await _page(known, fields, refusal)
    return known.visit.to(f"/my/wallets/{fields['wallet']}")


@router.post("/my/test-money/account")
async def open_test_account(known: Client) -> Response:
    """Opens an account with money at a bank, in the client's name; a repeat gets the same account."""
    await known.visit.form()
    settings = known.visit.services.settings
    async with known.visit.transaction() as session:
        user = await user_of(session, known.visitor.marketplace_id, known.visitor.user_id)
        listed = await banks(session)
    if settings.test_bank_key is None or not listed:
        raise NotFound("not_found", "There is nothing here.")
    try:
        number = await _open(settings.bank_url, settings.test_bank_key, user, listed[0])
    except httpx.HTTPError as error:
        raise Unavailable("bank_not_reached", "The bank is not answering just now. Please try again.", 1) from error
    return await _page(known, {}, account=(listed[0], number))


async def _open(bank_url: str, key: SecretStr, user: User, bank: Bank) -> str:
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"}
    async with httpx.AsyncClient(
        base_url=f"{bank_url.rstrip('/')}/api/v1", headers=headers, timeout=10, trust_env=False
    ) as client:

        async def post(path: str, body: dict[str, Any], intention: str) -> dict[str, Any]:
            reply = await client.post(path, json=body, headers={"Idempotency-Key": f"test/{user.id}/{intention}"})
            made: dict[str, Any] = reply.raise_for_status().json()
            return made

        owner = await post("/clients", {"name": user.name, "email": user.email}, f"client/{user.email}")
        contact = {"email": user.email, "language": user.language}
        (await client.put(f"/clients/{owner['id']}/contact", json=contact)).raise_for_status()
        opened = {"bank_id": bank.id, "client_id": owner["id"], "currency": bank.currency}
        number = str((await post("/accounts", opened, f"account/{owner['id']}"))["number"])
        await post(f"/accounts/{number}/deposits", {"amount": OPENING, "currency": bank.currency}, f"money/{number}")
        return number


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("unknown_wallet", "There is no such wallet.", "wallet") from None


async def _page(
    known: Known, fields: dict[str, str], refusal: Refusal | None = None, account: tuple[Bank, str] | None = None
) -> Response:
    async with known.visit.transaction() as session:
        wallets = await wallets_of(session, known.visitor.user_id)
        number = await turns_taken(session, known, _TURNS)
    return known.visit.page(
        "test_money/own.html",
        wallets=[(str(wallet.id), wallet.currency) for wallet in wallets],
        number=number,
        account=account,
        fields=fields,
        refusal=refusal,
        renamed={"wallet_id": "wallet", "amount.amount": "amount"},
    )
