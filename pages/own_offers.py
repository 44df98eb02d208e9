"""A seller's own offers: created, changed, taken off sale and put back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter
from markupsafe import escape
from starlette.responses import Response

from domain.errors import Conflict, Malformed, Refusal
from domain.limits import MAX_PAY_WITHIN_S
from domain.money import Money
from edge.texts import isolated
from market import offers
from pages.acts import act, done
from pages.amounts import read_money
from pages.currencies import usual_currency
from pages.errors import form_error
from pages.forms import line_of, read_all, text_of, whole_number
from pages.offers import PAGE_SIZE, Before, page_of, state_words
from pages.visit import Client, Known, Visit
from store.accounts import payout_account
from store.banks import banks
from store.offers import MAX_QUANTITY, Offer, offer_of_seller, offers_of_seller
from texts.languages import Language

router = APIRouter()

MAX_TITLE: Final = 200
MAX_DESCRIPTION: Final = 10_000
UNITS: Final = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
_FIELDS: Final = ("title", "description", "price", "currency", "pay_within", "unit", "quantity")
_OF_CHANGES: Final = ("key", "version", "shown_quantity")


@router.get("/my/offers")
async def own_offers(known: Client, before: Before = None) -> Response:
    async with known.visit.transaction() as session:
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
    fields = await known.visit.form(*_FIELDS, "key")

    visitor = known.visitor
    try:
        draft = offers.Draft(**_read(known.visit.language, fields))
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
    fields = await known.visit.form(*_FIELDS, *_OF_CHANGES)

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


def _read(language: Language, fields: dict[str, str]) -> dict[str, Any]:
    """The content of the form for a new offer. Raises `Malformed` naming each field with an error."""
    return read_all(**_readers(language, fields), quantity=lambda: whole_number(fields, "quantity", 1, MAX_QUANTITY))


def _changes(language: Language, fields: dict[str, str], offer: Offer) -> offers.Changes:
    """The new content of an offer: fields left as shown keep the exact value of the row."""
    shown = _fields_of_language(language, offer)

    def unless_kept(read: Callable[[], Any], *names: str) -> Callable[[], Any]:
        return (lambda: None) if all(fields[name] == _as_sent(shown[name]) for name in names) else read

    read = _readers(language, fields)
    changed = read_all(
        title=unless_kept(read["title"], "title"),
        description=unless_kept(read["description"], "description"),
        price=unless_kept(read["price"], "price", "currency"),
        pay_within_s=unless_kept(read["pay_within_s"], "pay_within", "unit"),
        more=lambda: _more(fields),
    )
    return offers.Changes(**changed)


def _more(fields: dict[str, str]) -> int | None:
    """The change of the quantity. Zero means that no unit is to be left, regardless of sales meanwhile."""
    wanted = whole_number(fields, "quantity", 0, MAX_QUANTITY)
    more = wanted - whole_number(fields, "shown_quantity", 0, MAX_QUANTITY)
    return more if wanted else None


def _readers(language: Language, fields: dict[str, str]) -> dict[str, Callable[[], Any]]:
    return {
        "title": lambda: line_of(fields, "title", MAX_TITLE),
        "description": lambda: text_of(fields, "description", MAX_DESCRIPTION),
        "price": lambda: read_money(language, fields["price"], fields["currency"], "price"),
        "pay_within_s": lambda: _pay_within_s(fields),
    }


def _pay_within_s(fields: dict[str, str]) -> int:
    unit_s = UNITS.get(fields["unit"])
    if unit_s is None:
        raise Malformed("invalid_field", "Please choose a unit.", "unit")
    return whole_number(fields, "pay_within", 1, MAX_PAY_WITHIN_S // unit_s) * unit_s


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
    other = [name for name in _FIELDS if counted[name] != _as_sent(now[name])]
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
        200 if refusal is None else refusal.status,
        offer=offer,
        currencies=currencies,
        fields={"currency": usual, **fields},
        now=now,
        error=None if refusal is None else form_error(known.visit, refusal),
    )
