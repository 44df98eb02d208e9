"""A seller's own offers: created, changed, taken off sale and put back."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter
from markupsafe import escape
from pydantic import Field, ValidationInfo
from starlette.responses import Response

from domain.errors import Conflict, Malformed, Refusal
from domain.limits import MAX_DESCRIPTION, MAX_PAY_WITHIN_S
from domain.money import Money
from edge.characters import isolated
from edge.wire import Line, Said
from market import offers
from pages.acts import act, done
from pages.amounts import read_money
from pages.currencies import usual_currency
from pages.forms import Form, one_of, rule, whole, whole_number
from pages.offers import PAGE_SIZE, Before, page_of, state_words
from pages.visit import Client, Known, Visit
from store.banks.accounts import payout_account
from store.banks.banks import banks
from store.deals.offers import MAX_QUANTITY, Offer, offer_of_seller, offers_of_seller
from texts.languages import Language, message

router = APIRouter()

MAX_TITLE: Final = 200
_TOGETHER: Final = (("title",), ("description",), ("price", "currency"), ("pay_within", "unit"))
"""Fields that say one thing: it is kept when each of them is as the form was shown."""
UNITS: Final = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}


def _price(typed: str, info: ValidationInfo) -> Money:
    return read_money((info.context or {})["language"], typed, info.data["currency"], "price")


def _pay_within_s(typed: str, info: ValidationInfo) -> int:
    unit_s = UNITS.get(info.data.get("unit", ""), 1)
    return whole_number(typed, 1, MAX_PAY_WITHIN_S // unit_s) * unit_s


class OfferForm(Form):
    """What a seller says of an offer; None is kept as it is."""

    title: Annotated[Line, Field(max_length=MAX_TITLE)] | None = None
    description: Annotated[Said, Field(max_length=MAX_DESCRIPTION)] | None = None
    currency: str = ""
    price: Annotated[Money | None, rule(_price)] = None
    unit: Annotated[str, one_of(UNITS, message("Please choose a unit."))] = ""
    pay_within: Annotated[int | None, rule(_pay_within_s)] = None
    quantity: Annotated[int, whole(0, MAX_QUANTITY)]


class NewOffer(OfferForm):
    quantity: Annotated[int, whole(1, MAX_QUANTITY)]


class ChangedOffer(OfferForm):
    """`shown_quantity` was left when the form was made."""

    shown_quantity: Annotated[int, whole(0, MAX_QUANTITY)]

    @property
    def more(self) -> int | None:
        """The change of the quantity; None when no unit is to be left, regardless of sales meanwhile."""
        return self.quantity - self.shown_quantity if self.quantity else None


@router.get("/my/offers")
async def own_offers(known: Client, before: Before = None) -> Response:
    async with known.visit.reading() as session:
        own = await offers_of_seller(session, known.visitor.user_id, before, PAGE_SIZE + 1)
        missing = False
        for currency in {offer.currency for offer in own}:
            missing |= await payout_account(session, known.visitor.user_id, currency) is None
    words = {offer.id: known.visit.language.say(state_words(offer)) for offer in own}
    return known.visit.page("offers/own.html", **page_of(own), words=words, no_payout_account=missing)


@router.get("/my/offers/new")
async def new_offer(known: Client) -> Response:
    fields = {"quantity": "1", "pay_within": "24", "unit": "hours"}
    return await _form(known, fields)


@router.post("/my/offers/new")
async def put_up(known: Client) -> Response:
    fields, visitor = await known.visit.form(*NewOffer.names(), "key"), known.visitor
    try:
        typed = NewOffer.read(fields, language=known.visit.language)
        assert typed.title and typed.description and typed.price and typed.pay_within, "a new offer has all fields"
        draft = offers.Draft(typed.title, typed.description, typed.price, typed.pay_within, typed.quantity)
        put_up_offer = done(lambda session: offers.put_up(session, visitor.actor, visitor.user_id, draft))
        await act(known, f"offer/{fields['key'][:64]}", fields, put_up_offer)
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
    """Writes what the seller changed in the form, and nothing that was left as shown.

    `version` is what was shown; `shown_quantity` was left then: units sold meanwhile stay sold.
    """
    fields = await known.visit.form(*ChangedOffer.names(), "key", "version")

    async with known.visit.transaction() as session:
        offer = await offer_of_seller(session, known.visitor.user_id, offer_id)
    version, actor = fields["version"], known.visitor.actor
    try:
        # Of another version nothing is changed: the form is refused, or was carried out before.
        changes = _changes(known.visit.language, fields, offer) if version == str(offer.version) else offers.Changes()
        work = done(partial(offers.change, actor=actor, offer_id=offer_id, version=version, changes=changes))
        await act(known, f"offer-change/{offer_id}/{fields['key'][:64]}", fields, work)
    except (Conflict, Malformed) as refusal:
        async with known.visit.transaction() as session:
            offer = await offer_of_seller(session, known.visitor.user_id, offer_id)
        return await _form(known, fields, refusal, offer)
    return known.visit.to("/my/offers")


@router.post("/my/offers/{offer_id}/on-sale")
async def take_off_or_put_back(known: Client, offer_id: UUID) -> Response:
    fields = await known.visit.form("on_sale")
    if fields["on_sale"] not in ("yes", "no"):
        raise Malformed("invalid_field", "Please choose whether it is on sale.", "on_sale")
    async with known.visit.transaction() as session:
        await offers.put_on_sale(session, known.visitor.actor, offer_id, on_sale=fields["on_sale"] == "yes")
    return known.visit.to("/my/offers")


def _changes(language: Language, fields: dict[str, str], offer: Offer) -> offers.Changes:
    """The new content of an offer: fields left as shown keep the exact value of the row."""
    shown = _fields_of_language(language, offer)
    kept = {name for names in _TOGETHER if all(fields[n] == _as_sent(shown[n]) for n in names) for name in names}
    changed = {name: fields[name] for name in fields if name not in kept}
    typed = ChangedOffer.read(changed, language=language)
    return offers.Changes(typed.title, typed.description, typed.price, typed.pay_within, typed.more)


def _as_sent(text: str) -> str:
    """A value in the form in which the page showed it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _fields_of(visit: Visit, offer: Offer) -> dict[str, str]:
    counted = {"version": str(offer.version), "shown_quantity": str(offer.quantity)}
    return _fields_of_language(visit.language, offer) | counted


def _fields_of_language(language: Language, offer: Offer) -> dict[str, str]:
    unit = next(name for name in reversed(UNITS) if offer.pay_within_s % UNITS[name] == 0)
    return {
        "title": offer.title,
        "description": offer.description,
        "price": language.plain(Money(offer.price_minor, offer.currency)),
        "currency": offer.currency,
        "pay_within": str(offer.pay_within_s // UNITS[unit]),
        "unit": unit,
        "quantity": str(offer.quantity),
    }


def _outdated(visit: Visit, fields: dict[str, str], offer: Offer) -> tuple[dict[str, str], dict[str, str]]:
    """The form again, about the offer as it is now, with the present value beside each field that differs."""
    now, counted = _fields_of(visit, offer), dict(fields)
    wanted, shown = fields["quantity"], fields["shown_quantity"]
    if wanted.isdecimal() and shown.isdecimal() and wanted != "0":
        counted["quantity"] = str(max(0, int(wanted[:10]) - int(shown[:10]) + offer.quantity))
    counted |= {name: now[name] for name in ("version", "shown_quantity")}
    say = visit.language.say("Now there is: %(value)s")
    other = [name for name in OfferForm.names() if counted[name] != _as_sent(now[name])]
    beside: dict[str, str] = {name: escape(say) % {"value": isolated(now[name])} for name in other}
    return counted, beside


async def _form(
    known: Known, fields: dict[str, str], refusal: Refusal | None = None, offer: Offer | None = None
) -> Response:
    async with known.visit.transaction() as session:
        currencies = sorted({bank.currency for bank in await banks(session)})
        usual = await usual_currency(session, known)
    now: dict[str, str] = {}
    if offer is not None and refusal is not None and refusal.code == "page_outdated":
        fields, now = _outdated(known.visit, fields, offer)
    return known.visit.page(
        "offers/form.html",
        offer=offer,
        currencies=currencies,
        fields={"currency": usual, **fields},
        now=now,
        refusal=refusal,
    )
