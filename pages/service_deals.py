"""Service deals: proposed to a seller, and answered."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, ValidationInfo
from starlette.responses import Response

from domain.errors import Refusal
from domain.limits import MAX_DESCRIPTION
from domain.money import Money
from domain.terms import FeePolicy, Release, Settlement, agree_terms
from edge.wire import Line, Said
from market import service_deals
from market.parties import Decision
from market.service_deals import Proposal
from pages.acts import act, done
from pages.amounts import read_money
from pages.currencies import usual_currency
from pages.deals import Decided, decide_about
from pages.forms import Form, rule
from pages.proposals import (
    DAY_S,
    MAX_TITLE,
    Days,
    DaysToAnswer,
    FromWallet,
    Seller,
    days_in,
    days_to_answer_in,
    seller_named,
)
from pages.visit import Client, Known
from store.banks.banks import banks

router = APIRouter()


def _price(typed: str, info: ValidationInfo) -> Money:
    return read_money((info.context or {})["language"], typed, info.data["currency"], "price")


class ProposalForm(Form):
    seller: Seller
    title: Annotated[Line, Field(max_length=MAX_TITLE)]
    description: Annotated[Said, Field(max_length=MAX_DESCRIPTION)]
    currency: str
    price: Annotated[Money, rule(_price)]
    answer: DaysToAnswer
    pay: Days
    inspect: Days
    from_wallet: FromWallet

    def proposal(self) -> Proposal:
        terms = agree_terms(Settlement.HOLD, Release.ON_ACCEPTANCE, int(self.inspect) * DAY_S, FeePolicy())
        return Proposal(
            self.title,
            self.description,
            self.price,
            int(self.answer) * DAY_S,
            int(self.pay) * DAY_S,
            terms,
            from_wallet=self.from_wallet == "yes",
        )


@router.get("/my/service-deals/new")
async def fill_in(known: Client, seller: Annotated[str, Query(max_length=36)] = "") -> Response:
    fields = {"seller": seller, "answer": "3", "pay": "7", "inspect": "7", "from_wallet": "yes"}
    return await _form(known, fields)


@router.post("/my/service-deals/new")
async def propose(known: Client) -> Response:
    fields, visitor = await known.visit.form(*ProposalForm.names(), "key"), known.visitor
    try:
        typed = ProposalForm.read(fields, language=known.visit.language)
        proposing = partial(
            service_deals.propose,
            actor=visitor.actor,
            buyer_id=visitor.user_id,
            seller_id=typed.seller,
            proposal=typed.proposal(),
        )
        work = done(proposing, lambda deal: {"deal_id": str(deal.id)})
        answer = await act(known, f"service-deal/{fields['key'][:64]}", fields, work)
    except Refusal as refusal:
        return await _form(known, fields, refusal)
    return known.visit.to(f"/deals/{answer.body['deal_id']}")


@router.post("/deals/{deal_id}/confirmation")
async def confirm_deal(known: Client, deal_id: UUID) -> Response:
    return await _answer(known, deal_id, "confirm", service_deals.confirm)


@router.post("/deals/{deal_id}/denial")
async def deny_deal(known: Client, deal_id: UUID) -> Response:
    return await _answer(known, deal_id, "deny", service_deals.deny)


@router.post("/deals/{deal_id}/proposal-retraction")
async def retract_deal(known: Client, deal_id: UUID) -> Response:
    return await _answer(known, deal_id, "retract-proposal", service_deals.retract)


async def _answer(known: Known, deal_id: UUID, name: str, decision: Decision) -> Response:
    return await decide_about(known, deal_id, name, Decided, lambda typed: decision)


async def _form(known: Known, fields: dict[str, str], refusal: Refusal | None = None) -> Response:
    async with known.visit.transaction() as session:
        currencies = sorted({bank.currency for bank in await banks(session)})
        usual = await usual_currency(session, known)
        seller = await seller_named(session, known, fields["seller"])
    return known.visit.page(
        "service_deals/form.html",
        fields={"currency": usual, **{name: value for name, value in fields.items() if value}},
        seller=seller,
        days=days_in(known.visit.language),
        to_answer=days_to_answer_in(known.visit.language),
        currencies=currencies,
        refusal=refusal,
        renamed={"seller_id": "seller", "price.currency": "currency"},
    )
