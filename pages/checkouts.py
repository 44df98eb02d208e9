"""The checkout of a deal: which account, the whole or a part, and the total with the fee before any payment."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final, TypeVar
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import ValidationInfo
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from domain.deals import OPEN, DealState
from domain.errors import Conflict, Malformed, NotFound, Refusal
from domain.money import Money
from domain.terms import Cause, fee_words
from market import payments
from market.payments import Reviewed, Source
from market.verdicts import COUNTED
from pages.accounts import AccountForm, add, own_deal
from pages.acts import act, done
from pages.amounts import read_amount
from pages.choices import PAYEE, choices_of, chosen_in, chosen_of, must_suffice, sources_of, unconfirmed_of
from pages.forms import Count, FieldRefusal, Form, rule
from pages.progress import Progress
from pages.visit import Known, Payer
from store import clock
from store.banks.accounts import Account
from store.banks.bank_clients import banks_in_use
from store.banks.banks import banks
from store.deals.deals import Deal
from store.payments.opening import quote
from store.payments.payments import payments_of
from store.wallets.wallets import Wallet
from texts.languages import Language, message

router = APIRouter()

AT_MOST: Final = message("At most %(most)s can be paid now.")
Text = Annotated[str, Query(max_length=64)]


def _source(typed: str, info: ValidationInfo) -> Account | Wallet:
    return chosen_in((info.context or {})["sources"], typed)


def _part(typed: str, info: ValidationInfo) -> Money | None:
    return read_amount(typed, info) if info.data.get("part") == "part" else None


class Order(Form):
    """What to pay from, one of the `sources` in the form's context, and a part or all that is left (None)."""

    account: Annotated[Account | Wallet, rule(_source)]
    part: str
    amount: Annotated[Money | None, rule(_part)]


class ReviewedOrder(Order):
    """`number` is how many payments the deal had when it was reviewed, `total` what was shown."""

    total: str
    number: Count


Ordered = TypeVar("Ordered", bound=Order)


@router.get("/deals/{deal_id}/payment")
async def choose(known: Payer, deal_id: UUID) -> Response:
    return await _choices(known, deal_id, {})


@router.get("/deals/{deal_id}/payment/review")
async def review(known: Payer, deal_id: UUID, account: Text = "", part: Text = "whole", amount: Text = "") -> Response:
    """The total, before anything is reserved."""
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
    """Stores the payment that was reviewed.

    So a form that is sent twice names one payment, and no buyer pays a total that they did not see.
    """
    visit, actor = known.visit, known.visitor.actor
    fields = await visit.form(*ReviewedOrder.names())
    try:
        async with visit.transaction() as session:
            deal = await own_deal(session, known, deal_id)
            order = await _order(session, visit.language, deal, fields, ReviewedOrder)
        chosen, reviewed = order.account, Reviewed(order.number, order.total)
        source = Source(None, chosen.id) if isinstance(chosen, Wallet) else Source(chosen.id, None)
        pay_reviewed = partial(
            payments.pay, actor=actor, deal_id=deal_id, source=source, amount=order.amount, reviewed=reviewed
        )
        work = done(pay_reviewed, lambda opened: {"payment_id": str(opened.payment.id)})
        answer = await act(known, f"payment/{deal_id}/{order.number}", fields, work)
    except (Malformed, Conflict) as refusal:
        return await _choices(known, deal_id, fields, refusal)
    return visit.to(f"/payments/{answer.body['payment_id']}")


@router.post("/deals/{deal_id}/payment/account")
async def add_here(known: Payer, deal_id: UUID) -> Response:
    """Names another account of the buyer during the checkout."""
    fields = await known.visit.form(*AccountForm.names())
    try:
        account = await add(known, fields, deal_id)
    except (Malformed, Conflict) as refusal:
        return await _choices(known, deal_id, fields, refusal)
    return known.visit.to(f"/deals/{deal_id}/payment/accounts/{account.id}/confirmation")


async def _order(
    session: AsyncSession, language: Language, deal: Deal, fields: dict[str, str], form: type[Ordered]
) -> Ordered:
    """Raises `NotFound` unknown_account, `Malformed` bad_amount, or both at once."""
    return form.read(fields, sources=await sources_of(session, deal), language=language, currency=deal.currency)


async def _review(known: Known, deal_id: UUID, fields: dict[str, str]) -> Response:
    async with known.visit.transaction() as session:
        deal = await own_deal(session, known, deal_id)
        order = await _order(session, known.visit.language, deal, fields, Order)
        account = order.account
        if account.number == deal.payee_account:
            raise Conflict("same_account", PAYEE, "account")
        quoted = await quote(session, deal, account, order.amount)
        await must_suffice(session, account, quoted)
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
        deal = await own_deal(session, known, deal_id)
        payments = await payments_of(session, deal.id)
        choices = await choices_of(session, deal, await banks(session), payments)
        in_use = await banks_in_use(session)
        unconfirmed = await unconfirmed_of(session, deal)
        now = await clock.now(session, deal.id)
    over = now > deal.pay_by
    progress = Progress.of(deal, payments)
    closed = DealState(deal.state) not in OPEN or over or not progress.free.minor
    if refusal is not None and refusal.code == "overpayment" and progress.free.minor:
        refusal = FieldRefusal.instead_of(refusal, AT_MOST, "amount", most=progress.free)
    under_way = [payment for payment in payments if payment.final_at is None and payment.state not in COUNTED]
    return visit.page(
        "payments/checkout.html",
        deal=deal,
        choices=choices,
        chosen=chosen_of(choices, fields.get("account", "")),
        unconfirmed=unconfirmed,
        banks=in_use,
        progress=progress,
        closed=closed,
        is_open=DealState(deal.state) in OPEN,
        over=over,
        now=now,
        under_way=under_way,
        fields=fields,
        refusal=refusal,
        renamed={"account_id": "account", "amount.amount": "amount"},
    )
