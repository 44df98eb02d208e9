"""One deal for the person who decides about it: parties, goods, money, and links to more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette_admin import StringField

from admin.moments import moment
from admin.named import Named, money, percents
from domain.keys import deal_workflow, payment_workflow
from domain.money import Money
from domain.status_text import Words, payment_status_text
from edge.wire import utc
from fronts.services import Services
from market.places import Where, places_of
from market.status_text import status_text_of, status_texts_of_refunds
from store.deals.closings import books_of
from store.deals.deals import Deal
from store.deals.disputes import Dispute, open_dispute
from store.deals.statuses import statuses_set
from store.operations.platform_settings import deal_titles
from store.payments.events import Event
from store.payments.payments import Payment, payments_of
from store.payments.refunds import Refund, refunds_of
from store.people.users import User, names_of

PLACES: Final = {
    "held_at_the_payers_bank": "held at the payer's bank",
    "held_in_the_payers_wallet": "held in the payer's wallet",
    "kept_until_the_dispute_ends": "kept until the dispute ends",
    "on_its_way": "on its way",
    "with_the_seller": "with the seller",
    "owed_to_the_seller": "owed to the seller",
    "commission": "commission",
    "fee_of_the_payers_bank": "fee of the payer's bank",
    "back_with_the_payer": "back with the payer",
    "in_suspense": "in suspense",
}


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    payment: Payment
    headline: str
    places: dict[Where, Money]
    workflow: str | None


@dataclass(frozen=True, slots=True)
class Facts:
    """`workflow` is the deal in the Temporal UI; None when that address is not set."""

    deal: Deal
    state: str
    status_text: Words
    until: str | None
    buyer: str
    seller: str
    payments: list[PaymentFacts]
    refunds: list[tuple[Refund, Money, str]]
    dispute: Dispute | None
    statuses: list[Event]
    workflow: str | None


async def facts_of(session: AsyncSession, deal: Deal, ui: str | None) -> Facts:
    payments, refunds = await payments_of(session, deal.id), await refunds_of(session, deal.id)
    books, names = await books_of(session, payments), await names_of(session, {deal.buyer_id, deal.seller_id})
    words = await status_texts_of_refunds(session, deal, refunds)
    states = {title.state: title.en for title in await deal_titles(session)}
    status_text = await status_text_of(session, deal, payments)
    of_payments = []
    for payment in payments:
        words_of_payment = payment_status_text(payment.state, utc(deal.pay_by), wallet=payment.from_wallet)
        places = places_of(deal, payment, books.get(str(payment.id)), for_operator=True)
        workflow = in_temporal(ui, payment_workflow(str(payment.id)))
        of_payments.append(PaymentFacts(payment, words_of_payment.headline, places, workflow))
    return Facts(
        deal=deal,
        state=states[deal.state],
        status_text=status_text,
        until=None if status_text.until is None else moment(datetime.fromisoformat(status_text.until)),
        buyer=names[deal.buyer_id],
        seller=names[deal.seller_id],
        payments=of_payments,
        refunds=[
            (refund, refund.amount(deal.currency), word.headline) for refund, word in zip(refunds, words, strict=True)
        ],
        dispute=await open_dispute(session, deal.id),
        statuses=await statuses_set(session, deal.id),
        workflow=in_temporal(ui, deal_workflow(str(deal.id))),
    )


def in_temporal(ui: str | None, id_: str) -> str | None:
    """The address of a workflow in the Temporal UI; None when `ui` is not set."""
    return None if ui is None else f"{ui.rstrip('/')}/workflows/{quote(id_, safe='')}"


class Deals(Named):
    """The list, with people's names; each row leads to the page with its facts."""

    fields: Any = (
        "title", Named.name_of("buyer_id", "Buyer"), Named.name_of("seller_id", "Seller"), "state",
        StringField("status", label="Status"),
        money("price_minor", "Price"), percents("commission_bp", "Commission"), "pay_by", "verdict", "flagged_at",
        "final_at", "id",
    )  # fmt: skip
    named = {"buyer_id": User, "seller_id": User}  # noqa: RUF012  # read by the base class alone
    searchable_fields = ("title", "state", "status", "verdict")
    sortable_fields = ("id", "title", "state", "pay_by", "flagged_at", "final_at")
    detail_template = "deal.html"

    async def find_by_pk(self, request: Request, pk: Any) -> Any:
        session: AsyncSession = request.state.session
        services: Services = request.app.state.services
        deal = await super().find_by_pk(request, pk)
        if isinstance(deal, Deal):
            request.state.facts = await facts_of(session, deal, services.settings.temporal_ui_url)
            request.state.places = PLACES
        return deal
