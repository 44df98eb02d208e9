"""A client's bank accounts: sources of payments and targets of payouts, once their owner has confirmed them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from domain.errors import Conflict, Malformed, NotFound, Refusal
from edge.wire import Said
from market import accounts
from pages.acts import act, done
from pages.currencies import usual_currency
from pages.forms import Form
from pages.visit import Client, Known
from store.banks.accounts import Account, accounts_of, bank_id_of
from store.banks.bank_clients import banks_in_use
from store.banks.banks import banks
from store.deals.deals import Deal, deal_of

router = APIRouter()


class AccountForm(Form):
    bank: str
    number: Annotated[Said, Field(max_length=64)]
    currency: Annotated[Said, Field(max_length=8)]
    payout: str


@router.get("/my/accounts")
async def own_accounts(known: Client) -> Response:
    return await _page(known)


@router.post("/my/accounts")
async def name_account(known: Client) -> Response:
    fields = await known.visit.form(*AccountForm.names())
    try:
        account = await add(known, fields)
    except Refusal as refusal:
        return await _page(known, fields, refusal)
    return known.visit.to(f"/my/accounts/{account.id}/confirmation")


@router.post("/my/accounts/{account_id}/payout")
async def choose_payout_account(known: Client, account_id: UUID) -> Response:
    fields, visitor = await known.visit.form("key"), known.visitor
    choose = done(lambda session: accounts.pay_out_to(session, visitor.actor, visitor.user_id, account_id))
    try:
        await act(known, f"payout-account/{account_id}/{fields['key'][:64]}", fields, choose)
    except Conflict as refusal:
        return await _page(known, None, refusal)
    return known.visit.to("/my/accounts")


async def add(known: Known, fields: dict[str, str], deal_id: UUID | None = None) -> Account:
    """Adds the account in the form, within the checkout of a deal if there is one; its bank is asked first.

    Raises `Malformed` naming the form's field, as `name_account`, and `NotFound` for another user's deal.
    """
    typed = AccountForm.read(fields)
    number = typed.number.replace(" ", "").lower()
    bank_id = bank_id_of(number)
    async with known.visit.transaction() as session:
        if deal_id is not None:
            await own_deal(session, known, deal_id)
        if typed.bank not in {str(bank.id) for bank in await banks_in_use(session)}:
            raise Malformed("unknown_bank", "Please choose a bank from the list.", "bank")
    if str(bank_id) != typed.bank:
        raise Malformed("other_bank", "This number does not belong to the bank that you chose.", "number")
    asked = await accounts.look_up(known.visit.services.banks, number)
    visitor = known.visitor
    async with known.visit.transaction() as session:
        outcome = await accounts.name_account(
            session,
            visitor.actor,
            visitor.user_id,
            number=number,
            currency=typed.currency,
            payout=typed.payout == "yes",
            known=asked,
        )
    return outcome.value


async def own_deal(session: AsyncSession, known: Known, deal_id: UUID) -> Deal:
    """The deal that the visitor buys, if they may see it here. Raises `NotFound` unknown_deal."""
    deal = await deal_of(session, known.visitor.marketplace_id, deal_id)
    if deal.buyer_id != known.visitor.user_id or not known.visitor.may_see(deal.id):
        raise NotFound("unknown_deal", "There is no such deal.")
    return deal


async def _page(known: Known, fields: dict[str, str] | None = None, refusal: Refusal | None = None) -> Response:
    async with known.visit.transaction() as session:
        named = await accounts_of(session, known.visitor.user_id)
        listed, in_use = await banks(session), await banks_in_use(session)
        usual = await usual_currency(session, known)
        now = await session.scalar(select(func.clock_timestamp()))
    return known.visit.page(
        "accounts/own.html",
        accounts=named,
        now=now,
        banks=in_use,
        bank_names={bank.id: bank.name for bank in listed},
        currencies=sorted({bank.currency for bank in in_use}),
        fields=fields or {"currency": usual},
        refusal=refusal,
    )
