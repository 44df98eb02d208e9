"""Confirmation of an account by its owner's code: on the page of accounts, and within a checkout."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from domain.errors import Conflict, Refusal, Unavailable
from edge.codes import normalise
from market import accounts
from pages.accounts import own_deal
from pages.acts import act, done, name_of_try
from pages.visit import Client, Known, Payer
from store.banks.accounts import account_of
from store.banks.banks import banks

router = APIRouter()

Sent = Annotated[str, Query(max_length=1)]


@router.get("/my/accounts/{account_id}/confirmation")
async def confirmation(known: Client, account_id: UUID, sent: Sent = "") -> Response:
    return await _page(known, account_id, sent=bool(sent))


@router.post("/my/accounts/{account_id}/code")
async def ask_for_code(known: Client, account_id: UUID) -> Response:
    """Has the bank send a code to the account's owner, at the address that the bank knows."""
    return await _ask(known, account_id)


@router.post("/my/accounts/{account_id}/confirmation")
async def enter_code(known: Client, account_id: UUID) -> Response:
    return await _enter(known, account_id)


@router.get("/deals/{deal_id}/payment/accounts/{account_id}/confirmation")
async def confirmation_here(known: Payer, deal_id: UUID, account_id: UUID, sent: Sent = "") -> Response:
    return await _page(known, account_id, deal_id, sent=bool(sent))


@router.post("/deals/{deal_id}/payment/accounts/{account_id}/code")
async def ask_for_code_here(known: Payer, deal_id: UUID, account_id: UUID) -> Response:
    return await _ask(known, account_id, deal_id)


@router.post("/deals/{deal_id}/payment/accounts/{account_id}/confirmation")
async def enter_code_here(known: Payer, deal_id: UUID, account_id: UUID) -> Response:
    return await _enter(known, account_id, deal_id)


async def _ask(known: Known, account_id: UUID, deal_id: UUID | None = None) -> Response:
    fields = await known.visit.form("key")
    await _may(known, account_id, deal_id)
    services = known.visit.services
    claim = _claim(known, account_id, name_of_try(known, "account-code", fields))
    try:
        accounts.value_of(await accounts.ask_for_code(services.database, services.banks, claim))
    except Refusal as refusal:
        return await _page(known, account_id, deal_id, refusal)
    return known.visit.to(f"{_base(account_id, deal_id)}/confirmation?sent=1")


async def _enter(known: Known, account_id: UUID, deal_id: UUID | None = None) -> Response:
    """Each form is a try, recorded before the bank compares anything."""
    fields = await known.visit.form("code", "key")
    await _may(known, account_id, deal_id)
    services = known.visit.services
    claim = _claim(known, account_id, name_of_try(known, "account-confirmation", fields))
    try:
        answer = await accounts.submit_code(services.database, services.banks, claim, normalise(fields["code"]))
        await act(known, claim.key, fields, done(lambda session: accounts.confirm(session, claim, answer)))
    except Refusal as refusal:
        if refusal.code != "account_confirmed":  # by a form in another tab
            # The bank may have redeemed the code without our knowing: sent again, the form is the same try.
            again = fields if isinstance(refusal, Unavailable) else {}
            return await _page(known, account_id, deal_id, refusal, again=again)
    return known.visit.to("/my/accounts" if deal_id is None else f"/deals/{deal_id}/payment")


def _claim(known: Known, account_id: UUID, key: str) -> accounts.Claim:
    visitor = known.visitor
    return accounts.Claim(visitor.marketplace_id, visitor.user_id, account_id, visitor.caller, key)


def _base(account_id: UUID, deal_id: UUID | None) -> str:
    return f"/my/accounts/{account_id}" if deal_id is None else f"/deals/{deal_id}/payment/accounts/{account_id}"


async def _may(known: Known, account_id: UUID, deal_id: UUID | None) -> None:
    """Raises `NotFound` for another user's account."""
    async with known.visit.transaction() as session:
        if deal_id is not None:
            await own_deal(session, known, deal_id)
        await account_of(session, known.visitor.user_id, account_id)


async def _page(
    known: Known,
    account_id: UUID,
    deal_id: UUID | None = None,
    refusal: Refusal | None = None,
    *,
    sent: bool = False,
    again: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """With `again` the form for the code contains what was sent."""
    await _may(known, account_id, deal_id)
    async with known.visit.transaction() as session:
        account = await account_of(session, known.visitor.user_id, account_id)
        names = {bank.id: bank.name for bank in await banks(session)}
    if again or (isinstance(refusal, Conflict) and refusal.code == "code_rejected"):
        sent = True
    return known.visit.page(
        "accounts/confirmation.html",
        account=account,
        bank=names[account.bank_id],
        base=_base(account_id, deal_id),
        back="/my/accounts" if deal_id is None else f"/deals/{deal_id}/payment",
        sent=sent,
        refusal=refusal,
        again={"key": "", "code": ""} | dict(again),
    )
