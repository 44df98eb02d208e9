"""Offers: what can be bought, and one offer with its purchase."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from domain.errors import Malformed, NotFound, Refusal
from domain.limits import MAX_PAY_WITHIN_S
from domain.money import Money, parse_money
from market import deals
from pages.acts import act, done
from pages.forms import Count, Form, rule, whole
from pages.visit import AnyVisit, Client, Visit
from store.deals.deals import purchases, unpaid_purchase
from store.deals.offers import Offer, OfferState, offer_of, offers_on_sale
from store.operations.platform_settings import platform_settings
from store.people.users import user_of
from texts.languages import message

router = APIRouter()

PAGE_SIZE: Final = 24  # fills two, three or four columns
STATE_WORDS: Final = {
    OfferState.PENDING: message("Waiting for moderation"),
    OfferState.APPROVED: message("On sale"),
    OfferState.REJECTED: message("Not accepted by moderation"),
}
OFF_SALE: Final = message("Taken off sale")
Before = Annotated[UUID | None, Query()]


class Purchase(Form):
    """`number` is how many of this offer the buyer had begun before, `version` the one that the page showed."""

    number: Count
    version: Annotated[int, whole(1, 2**31 - 1)]


class Shown(Form):
    """What the page showed of the offer, to be set beside what is new."""

    currency: str
    price: Annotated[Money, rule(lambda typed, info: parse_money(typed, info.data["currency"]))]
    pay_within_s: Annotated[int, whole(1, MAX_PAY_WITHIN_S)]


@router.get("/")
async def on_sale(visit: AnyVisit, before: Before = None) -> Response:
    """Visitors see offers on sale in the platform's own marketplace; clients those of their marketplace."""
    async with visit.reading() as session:
        marketplace_id = await marketplace_of(session, visit)
        offers = []
        if marketplace_id is not None:
            offers = await offers_on_sale(session, marketplace_id, before, PAGE_SIZE + 1)
    return visit.page("offers/on_sale.html", **page_of(offers), first=before is None)


@router.get("/offers/{offer_id}")
async def one_offer(visit: AnyVisit, offer_id: UUID) -> Response:
    return await _offer_page(visit, offer_id)


async def _offer_page(
    visit: Visit, offer_id: UUID, refusal: Refusal | None = None, fields: dict[str, str] | None = None
) -> Response:
    """One offer; with `refusal` also why the form with these `fields` bought nothing."""
    async with visit.transaction() as session:
        marketplace_id = await marketplace_of(session, visit)
        if marketplace_id is None:
            raise NotFound("unknown_offer", "There is no such offer.")
        offer = await offer_of(session, marketplace_id, offer_id)
        client = visit.client
        own = client is not None and client.user_id == offer.seller_id
        if not offer.can_be_bought and not own:
            raise NotFound("unknown_offer", "There is no such offer.")
        seller = await user_of(session, marketplace_id, offer.seller_id)
        number = await purchases(session, client.user_id, offer.id) if client else 0
        begun = await unpaid_purchase(session, client.user_id, offer.id) if client else None
    return visit.page(
        "offers/offer.html",
        offer=offer,
        seller=seller.name,
        own=own,
        may_buy=client is not None,
        number=number,
        begun=begun,
        state=visit.language.say(state_words(offer)),
        before=None if fields is None or fields["version"] == str(offer.version) else _terms_shown(fields),
        refusal=refusal,
    )


@router.post("/offers/{offer_id}/purchase")
async def purchase(known: Client, offer_id: UUID) -> Response:
    """Begins a deal, and continues with its payment. `number` is how many deals about this offer the buyer had begun
    before.

    Only what the page showed is bought, by `version`; otherwise the form is shown again beside the changes.
    """
    visit, visitor = known.visit, known.visitor
    fields = await visit.form(*Purchase.names(), *Shown.names())
    try:
        typed = Purchase.read(fields)
        shown = deals.Shown(typed.version, purchases=typed.number)
        buy = partial(deals.buy, actor=visitor.actor, offer_id=offer_id, buyer_id=visitor.user_id, shown=shown)
        work = done(buy, lambda deal: {"deal_id": str(deal.id)})
        answer = await act(known, f"purchase/{offer_id}/{typed.number}", fields, work)
    except Refusal as refusal:
        if refusal.code == "offer_not_available":
            raise
        refusal.field = None if refusal.field == "offer_id" else refusal.field
        return await _offer_page(visit, offer_id, refusal, fields)
    return visit.to(f"/deals/{answer.body['deal_id']}/payment")


def _terms_shown(fields: dict[str, str]) -> tuple[Money, int] | None:
    """Price and seconds to pay as the form's page showed them; None when the form does not say."""
    try:
        shown = Shown.read(fields)
    except Malformed:
        return None
    return shown.price, shown.pay_within_s


def state_words(offer: Offer) -> str:
    """What its seller sees of an offer."""
    return STATE_WORDS[OfferState(offer.state)] if offer.on_sale else OFF_SALE


async def marketplace_of(session: AsyncSession, visit: Visit) -> UUID | None:
    if visit.visitor is not None:
        return visit.visitor.marketplace_id
    return (await platform_settings(session)).sign_up_marketplace_id


def page_of(offers: list[Offer]) -> dict[str, Any]:
    more = len(offers) > PAGE_SIZE
    return {"offers": offers[:PAGE_SIZE], "before": offers[PAGE_SIZE - 1].id if more else None}
