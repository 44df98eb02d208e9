"""The checkout of a deal: which account, the whole or a part, and the total with the fee before anything is paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.nudges import Ring
from api.writes import Written
from domain.deals import OPEN, DealState
from domain.errors import Conflict, Malformed, NotFound, Refusal
from domain.money import Money
from domain.terms import Cause, fee_words
from ledger.accounts import balance
from pages.accounts import FIELDS, add
from pages.acts import act
from pages.amounts import read_money
from pages.errors import form_error
from pages.languages import Language
from pages.sums import Sums
from pages.visit import Known, Payer
from store import clock
from store.accounts import Account, account_of, accounts_of
from store.banks import banks
from store.codes import first_code
from store.deals import Deal, deal_of, lock_deal
from store.payments import Quote, open_payment, payments_of, quote
from store.verdicts import COUNTED
from store.wallets import Wallet, wallets_of

router = APIRouter()

Text = Annotated[str, Query(max_length=64)]


@dataclass(frozen=True, slots=True)
class Choice:
    """A source and what paying all that is left from it would cost; no quote from the account to be paid itself.

    `bank` is the name of an account's bank; None for a wallet, of which `available` says what can be paid from it.
    """

    account: Account | Wallet
    bank: str | None
    available: Money | None
    quote: Quote | None


@router.get("/deals/{deal_id}/payment")
async def choose(known: Payer, deal_id: UUID) -> Response:
    return await _choices(known, deal_id, {})


@router.get("/deals/{deal_id}/payment/review")
async def review(known: Payer, deal_id: UUID, account: Text = "", part: Text = "whole", amount: Text = "") -> Response:
    """The total before anything happens. Nothing is reserved yet."""
    fields = {"account": account, "part": part, "amount": amount}
    try:
        return await _review(known, deal_id, fields)
    except (Malformed, Conflict) as refusal:
        return await _choices(known, deal_id, fields, refusal)
    except NotFound as refusal:
        if refusal.code == "unknown_deal":
            raise
        return await _choices(known, deal_id, fields, refusal)


@router.post("/deals/{deal_id}/payment")
async def pay(known: Payer, deal_id: UUID) -> Response:
    """Stores the payment that was reviewed. `number` is how many payments the deal had then, `total` what was shown.

    So a page that is sent twice, from wherever, names one payment; and nobody pays what he did not see.
    """
    visit = known.visit
    fields = await visit.form("account", "part", "amount", "total", "number")

    async def work(session: AsyncSession) -> Written:
        await _own_deal(session, known, deal_id)
        deal = await lock_deal(session, deal_id)
        if str(len(await payments_of(session, deal_id))) != fields["number"]:
            raise Conflict("page_outdated", "This page is out of date: something has changed since. Look again.")
        source = await _source(session, deal, fields)
        payment = await open_payment(session, deal, source, _wanted(visit.language, deal, fields))
        if payment.total.amount != fields["total"]:
            raise Conflict("fee_changed", "The fee has changed meanwhile. Please look at the total once more.")
        await first_code(session, payment)
        return Written(201, {"payment_id": str(payment.id)}, (Ring(deal, payment),))

    try:
        answer = await act(known, f"payment/{deal_id}/{fields['number'][:10]}", fields, work)
    except (Malformed, Conflict) as refusal:
        return await _choices(known, deal_id, fields, refusal)
    return visit.to(f"/payments/{answer.body['payment_id']}")


@router.post("/deals/{deal_id}/payment/account")
async def add_here(known: Payer, deal_id: UUID) -> Response:
    """Names another account of the buyer in the middle of his checkout."""
    fields = await known.visit.form(*FIELDS)
    try:
        async with known.visit.transaction() as session:
            await _own_deal(session, known, deal_id)
            await add(session, known, fields)
    except (Malformed, Conflict) as refusal:
        return await _choices(known, deal_id, fields, refusal)
    return known.visit.to(f"/deals/{deal_id}/payment")


async def _own_deal(session: AsyncSession, known: Known, deal_id: UUID) -> Deal:
    deal = await deal_of(session, known.visitor.marketplace_id, deal_id)
    if deal.buyer_id != known.visitor.user_id or not known.visitor.may_see(deal.id):
        raise NotFound("unknown_deal", "There is no such deal.")
    return deal


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("unknown_account", "Please choose one of your accounts.", "account") from None


async def _source(session: AsyncSession, deal: Deal, fields: dict[str, str]) -> Account | Wallet:
    """The account or wallet of the buyer that was chosen; raises `NotFound` unknown_account."""
    chosen = _id(fields["account"])
    for wallet in await wallets_of(session, deal.buyer_id):
        if wallet.id == chosen:
            return wallet
    return await account_of(session, deal.buyer_id, chosen, "account")


def _wanted(language: Language, deal: Deal, fields: dict[str, str]) -> Money | None:
    """The part that was typed, or None for all that is left; raises `Malformed` bad_amount."""
    return None if fields["part"] != "part" else read_money(language, fields["amount"], deal.currency)


async def _review(known: Known, deal_id: UUID, fields: dict[str, str]) -> Response:
    async with known.visit.transaction() as session:
        deal = await _own_deal(session, known, deal_id)
        account = await _source(session, deal, fields)
        if account.number == deal.payee_account:
            raise Conflict("same_account", "This is the account that is to be paid.", "account")
        quoted = await quote(session, deal, account, _wanted(known.visit.language, deal, fields))
        number = len(await payments_of(session, deal.id))
        names = {bank.id: bank.name for bank in await banks(session)}
        now = await clock.now(session, deal.id)
    bearers = deal.terms.fees
    promises = [fee_words(cause, bearers.bearer(cause)) for cause in Cause] if quoted.fee.minor else []
    return known.visit.page(
        "payments/review.html",
        deal=deal,
        account=account,
        bank=names.get(account.bank_id),
        quote=quoted,
        number=number,
        now=now,
        promises=[known.visit.language.say(promise) for promise in promises],
        fields=fields,
    )


async def _choices(known: Known, deal_id: UUID, fields: dict[str, str], refusal: Refusal | None = None) -> Response:
    visit = known.visit
    async with visit.transaction() as session:
        deal = await _own_deal(session, known, deal_id)
        payments = await payments_of(session, deal.id)
        listed = await banks(session)
        names = {bank.id: bank.name for bank in listed}
        choices = []
        for account in await accounts_of(session, deal.buyer_id):
            if account.currency == deal.currency:
                shown = await _whole(session, deal, account)
                choices.append(Choice(account, names[account.bank_id], None, shown))
        for wallet in await wallets_of(session, deal.buyer_id):
            if wallet.currency == deal.currency:
                there = await balance(await session.connection(), wallet.account_id)
                available = Money(there.available_minor, wallet.currency)
                choices.append(Choice(wallet, None, available, await _whole(session, deal, wallet)))
        now = await clock.now(session, deal.id)
    over = now > deal.pay_by
    sums = Sums.of(deal, payments)
    closed = DealState(deal.state) not in OPEN or over or not sums.free.minor
    under_way = [payment for payment in payments if payment.final_at is None and payment.state not in COUNTED]
    return visit.page(
        "payments/checkout.html",
        200 if refusal is None else refusal.status,
        deal=deal,
        choices=choices,
        banks=listed,
        sums=sums,
        closed=closed,
        over=over,
        now=now,
        under_way=under_way,
        fields=fields,
        error=None if refusal is None else form_error(visit, refusal, account_id="account", amount_amount="amount"),
    )


async def _whole(session: AsyncSession, deal: Deal, account: Account | Wallet) -> Quote | None:
    if account.number == deal.payee_account:
        return None
    try:
        return await quote(session, deal, account, None)
    except Conflict:  # nothing is left, or all of it is reserved
        return None
