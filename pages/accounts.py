"""A client's bank accounts: where payments come from and payouts go to."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.nudges import Ring
from domain.errors import Malformed, Refusal
from pages.currencies import usual_currency
from pages.errors import form_error
from pages.forms import text_of
from pages.visit import Client, Known
from store.accounts import Account, account_of, accounts_of, add_account, bank_id_of, pay_out_to
from store.banks import banks
from store.deals import Deal
from store.payments import Payment
from store.steps import owed_payments
from store.users import user_of

router = APIRouter()

FIELDS = ("bank", "number", "currency", "payout")


@router.get("/my/accounts")
async def own_accounts(known: Client) -> Response:
    return await _page(known)


@router.post("/my/accounts")
async def name_account(known: Client) -> Response:
    fields = await known.visit.form(*FIELDS)
    try:
        async with known.visit.transaction() as session:
            account = await add(session, known, fields)
            owed = await owed_payments(session, account.user_id, account.currency) if account.payout else []
    except Refusal as refusal:
        return await _page(known, fields, refusal)
    _pay(known, owed)
    return known.visit.to("/my/accounts")


@router.post("/my/accounts/{account_id}/payout")
async def choose_payout_account(known: Client, account_id: UUID) -> Response:
    await known.visit.form()
    async with known.visit.transaction() as session:
        user = await user_of(session, known.visitor.marketplace_id, known.visitor.user_id, lock=True)
        account = await account_of(session, user.id, account_id)
        await pay_out_to(session, user, account)
        owed = await owed_payments(session, user.id, account.currency)
    _pay(known, owed)
    return known.visit.to("/my/accounts")


def _pay(known: Known, owed: Iterable[tuple[Deal, Payment]]) -> None:
    """What his bank had refused is tried at once with the account that he has named now."""
    for deal, payment in owed:
        known.visit.services.nudges.ring(Ring(deal, payment))


async def add(session: AsyncSession, known: Known, fields: dict[str, str]) -> Account:
    """Adds the account that the form names; raises `Malformed` naming the form's field, `Conflict` account_exists."""
    number = text_of(fields, "number", 64).replace(" ", "").lower()
    bank_id = bank_id_of(number)
    if fields["bank"] not in {str(bank.id) for bank in await banks(session)}:
        raise Malformed("unknown_bank", "Please choose a bank from the list.", "bank")
    if str(bank_id) != fields["bank"]:
        raise Malformed("bad_account_number", "This number is not one of the bank that you chose.", "number")
    user = await user_of(session, known.visitor.marketplace_id, known.visitor.user_id, lock=True)
    return await add_account(
        session, user, number=number, currency=text_of(fields, "currency", 8), payout=fields["payout"] == "yes"
    )


async def _page(known: Known, fields: dict[str, str] | None = None, refusal: Refusal | None = None) -> Response:
    async with known.visit.transaction() as session:
        accounts = await accounts_of(session, known.visitor.user_id)
        listed = await banks(session)
        usual = await usual_currency(session, known)
    return known.visit.page(
        "accounts/own.html",
        200 if refusal is None else refusal.status,
        accounts=accounts,
        banks=listed,
        bank_names={bank.id: bank.name for bank in listed},
        currencies=sorted({bank.currency for bank in listed}),
        fields=fields or {"currency": usual},
        error=None if refusal is None else form_error(known.visit, refusal),
    )
