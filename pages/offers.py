"""Offers: what can be bought, one offer, and a seller's own."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.nudges import Ring
from api.offers.schemas import MAX_PAY_WITHIN_S, MAX_QUANTITY
from api.writes import Written
from domain.errors import Conflict, Malformed, NotFound, Refusal
from domain.money import Money
from pages.acts import act
from pages.amounts import read_money
from pages.currencies import usual_currency
from pages.errors import form_error
from pages.forms import line_of, read_all, text_of, whole_number
from pages.languages import Language, message
from pages.visit import AnyVisit, Client, Known, Visit
from store.accounts import payout_account
from store.banks import banks
from store.deals import buy, purchases, unpaid_purchase
from store.house import house
from store.offers import (
    Offer,
    OfferState,
    change_offer,
    create_offer,
    offer_of,
    offer_of_seller,
    offers_of_seller,
    offers_on_sale,
)
from store.users import user_of

router = APIRouter()

PAGE_SIZE: Final = 24  # fills two, three or four columns
MAX_TITLE: Final = 200
MAX_DESCRIPTION: Final = 10_000
UNITS: Final = {"minutes": 60, "hours": 3600, "days": 86_400}
STATE_WORDS: Final = {
    OfferState.PENDING: message("Waiting for moderation"),
    OfferState.APPROVED: message("On sale"),
    OfferState.REJECTED: message("Not accepted by moderation"),
}
Before = Annotated[UUID | None, Query()]


@router.get("/")
async def on_sale(visit: AnyVisit, before: Before = None) -> Response:
    """Everybody sees what is on sale in the house's own marketplace; a client what is on sale in his."""
    async with visit.transaction() as session:
        marketplace_id = await _marketplace(session, visit)
        offers = []
        if marketplace_id is not None:
            offers = await offers_on_sale(session, marketplace_id, before, PAGE_SIZE + 1)
    return visit.page("offers/on_sale.html", **_page_of(offers), first=before is None)


@router.get("/offers/{offer_id}")
async def one_offer(visit: AnyVisit, offer_id: UUID) -> Response:
    return await _offer_page(visit, offer_id)


async def _offer_page(visit: Visit, offer_id: UUID, refusal: Refusal | None = None) -> Response:
    async with visit.transaction() as session:
        marketplace_id = await _marketplace(session, visit)
        if marketplace_id is None:
            raise NotFound("unknown_offer", "There is no such offer.")
        offer = await offer_of(session, marketplace_id, offer_id)
        own = visit.visitor is not None and visit.visitor.user_id == offer.seller_id
        if offer.state != OfferState.APPROVED and not own:
            raise NotFound("unknown_offer", "There is no such offer.")
        seller = await user_of(session, marketplace_id, offer.seller_id)
        number = await purchases(session, visit.visitor.user_id, offer.id) if visit.visitor else 0
        begun = await unpaid_purchase(session, visit.visitor.user_id, offer.id) if visit.visitor else None
    return visit.page(
        "offers/offer.html",
        200 if refusal is None else refusal.status,
        offer=offer,
        seller=seller.name,
        own=own,
        number=number,
        begun=begun,
        state=visit.language.say(STATE_WORDS[OfferState(offer.state)]),
        error=None if refusal is None else form_error(visit, refusal),
    )


@router.post("/offers/{offer_id}/purchase")
async def purchase(known: Client, offer_id: UUID) -> Response:
    """Begins a deal, and goes on to its payment. `number` is how many of this offer the buyer had begun before."""
    visit, visitor = known.visit, known.visitor
    fields = await visit.form("number")

    async def work(session: AsyncSession) -> Written:
        buyer = await user_of(session, visitor.marketplace_id, visitor.user_id, lock=True)
        if str(await purchases(session, buyer.id, offer_id)) != fields["number"]:
            raise Conflict("page_outdated", "This page is out of date: something has changed since. Look again.")
        deal = await buy(session, visitor.marketplace_id, offer_id=offer_id, buyer=buyer)
        return Written(201, {"deal_id": str(deal.id)}, (Ring(deal),))

    try:
        answer = await act(known, f"purchase/{offer_id}/{fields['number'][:10]}", fields, work)
    except Refusal as refusal:
        return await _offer_page(visit, offer_id, refusal)
    return visit.to(f"/deals/{answer.body['deal_id']}/payment")


@router.get("/my/offers")
async def own_offers(known: Client, before: Before = None) -> Response:
    async with known.visit.transaction() as session:
        offers = await offers_of_seller(session, known.visitor.user_id, before, PAGE_SIZE + 1)
        missing = False
        for currency in {offer.currency for offer in offers}:
            missing |= await payout_account(session, known.visitor.user_id, currency) is None
    words = {state: known.visit.language.say(text) for state, text in STATE_WORDS.items()}
    return known.visit.page("offers/own.html", **_page_of(offers), words=words, no_payout_account=missing)


@router.get("/my/offers/new")
async def new_offer(known: Client) -> Response:
    fields = {"quantity": "1", "pay_within": "24", "unit": "hours"}
    return await _form(known, fields)


@router.post("/my/offers/new")
async def put_up(known: Client) -> Response:
    fields = await known.visit.form(*_FIELDS, "key")

    async def work(session: AsyncSession) -> Written:
        seller = await user_of(session, known.visitor.marketplace_id, known.visitor.user_id)
        offer = await create_offer(session, seller.marketplace_id, seller.id, **_read(known.visit.language, fields))
        return Written(201, {"id": str(offer.id)})

    try:
        await act(known, f"offer/{fields['key'][:64]}", fields, work)
    except Refusal as refusal:
        return await _form(known, fields, refusal)
    return known.visit.to("/my/offers")


@router.get("/my/offers/{offer_id}")
async def edit_offer(known: Client, offer_id: UUID) -> Response:
    async with known.visit.transaction() as session:
        offer = await offer_of_seller(session, known.visitor.user_id, offer_id)
    return await _form(known, _fields_of(known.visit, offer), offer=offer)


@router.post("/my/offers/{offer_id}")
async def save_offer(known: Client, offer_id: UUID) -> Response:
    fields = await known.visit.form(*_FIELDS, "key")
    async with known.visit.transaction() as session:
        offer = await offer_of_seller(session, known.visitor.user_id, offer_id, lock=True)
        try:
            await change_offer(session, offer, **_read(known.visit.language, fields))
        except Refusal as refusal:
            return await _form(known, fields, refusal, offer)
    return known.visit.to("/my/offers")


_FIELDS: Final = ("title", "description", "price", "currency", "pay_within", "unit", "quantity")


def _read(language: Language, fields: dict[str, str]) -> dict[str, Any]:
    """What the form says, checked; raises `Malformed` naming each of the form's fields that has a fault."""
    return read_all(
        title=lambda: line_of(fields, "title", MAX_TITLE),
        description=lambda: text_of(fields, "description", MAX_DESCRIPTION),
        price=lambda: read_money(language, fields["price"], fields["currency"], "price"),
        pay_within_s=lambda: _pay_within_s(fields),
        quantity=lambda: whole_number(fields, "quantity", 1, MAX_QUANTITY),
    )


def _pay_within_s(fields: dict[str, str]) -> int:
    unit_s = UNITS.get(fields["unit"])
    if unit_s is None:
        raise Malformed("invalid_field", "Please choose a unit.", "unit")
    return whole_number(fields, "pay_within", 1, MAX_PAY_WITHIN_S // unit_s) * unit_s


def _fields_of(visit: Visit, offer: Offer) -> dict[str, str]:
    whole = [name for name in ("days", "hours") if offer.pay_within_s % UNITS[name] == 0]
    unit = (*whole, "minutes")[0]
    return {
        "title": offer.title,
        "description": offer.description,
        "price": visit.language.plain(Money(offer.price_minor, offer.currency)),
        "currency": offer.currency,
        "pay_within": str(max(1, offer.pay_within_s // UNITS[unit])),
        "unit": unit,
        "quantity": str(offer.quantity),
    }


async def _form(
    known: Known, fields: dict[str, str], refusal: Refusal | None = None, offer: Offer | None = None
) -> Response:
    async with known.visit.transaction() as session:
        currencies = sorted({bank.currency for bank in await banks(session)})
        usual = await usual_currency(session, known)
    return known.visit.page(
        "offers/form.html",
        200 if refusal is None else refusal.status,
        offer=offer,
        currencies=currencies,
        units=UNITS,
        fields={"currency": usual, **fields},
        error=None if refusal is None else form_error(known.visit, refusal),
    )


async def _marketplace(session: AsyncSession, visit: Visit) -> UUID | None:
    if visit.visitor is not None:
        return visit.visitor.marketplace_id
    return (await house(session)).sign_up_marketplace_id


def _page_of(offers: list[Offer]) -> dict[str, Any]:
    more = len(offers) > PAGE_SIZE
    return {"offers": offers[:PAGE_SIZE], "before": offers[PAGE_SIZE - 1].id if more else None}
