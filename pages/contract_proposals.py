"""The form of a contract: up to ten milestones in rows, and the contract that a buyer proposes with it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from domain.errors import Malformed, Refusal
from domain.limits import MAX_DESCRIPTION
from domain.money import decimals
from domain.terms import FeePolicy, Release, Settlement, agree_terms
from edge.wire import CleanText, Line, Said
from market import contracts
from market.contracts import ContractProposal
from market.service_deals import Proposal
from pages.acts import act, done
from pages.amounts import Amount
from pages.currencies import usual_currency
from pages.forms import Form, ManyRefused, simple
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
from texts.languages import Language, message

router = APIRouter()

ROWS: Final = tuple(range(1, 11))
MAX_MILESTONE_DESCRIPTION: Final = 1000  # characters: with all rows filled in the form stays below the bound on bodies
LABELS: Final = {
    "title": message("Milestone %(number)s: title"),
    "description": message("Milestone %(number)s: what is to be done"),
    "amount": message("Milestone %(number)s: amount"),
    "pay": message("Milestone %(number)s: time to pay"),
}
"""How errors name a field of a row."""


def _currency(typed: str) -> str:
    decimals(typed)
    return typed


class ContractForm(Form):
    seller: Seller
    title: Annotated[Line, Field(max_length=MAX_TITLE)]
    description: Annotated[Said, Field(max_length=MAX_DESCRIPTION)]
    currency: Annotated[str, simple(_currency)]
    answer: DaysToAnswer
    inspect: Days
    from_wallet: FromWallet


class MilestoneForm(Form):
    """One row; its fields carry the number of the row: `title_1`. A row with a time alone is left out."""

    title: Annotated[Line, Field(max_length=MAX_TITLE)]
    description: Annotated[CleanText, Field(max_length=MAX_MILESTONE_DESCRIPTION)]
    amount: Amount
    pay: Days


def _names() -> list[str]:
    return [*ContractForm.names(), *(f"{name}_{row}" for row in ROWS for name in MilestoneForm.names())]


def _read(fields: Mapping[str, str], language: Language) -> tuple[UUID, ContractProposal]:
    """Raises the `Refusal` of a field, or `ManyRefused` with those of all rows at once."""
    head: ContractForm | None = None
    refused: list[Refusal] = []
    milestones: list[MilestoneForm] = []
    try:
        head = ContractForm.read(fields)
    except Refusal as refusal:
        refused += refusal.refusals if isinstance(refusal, ManyRefused) else [refusal]
    rows = [row for row in ROWS if any(fields[f"{name}_{row}"] for name in ("title", "description", "amount"))]
    for row in rows if all(refusal.field != "currency" for refusal in refused) else ():
        typed = {name: fields[f"{name}_{row}"] for name in MilestoneForm.names()}
        try:
            milestones.append(MilestoneForm.read(typed, language=language, currency=fields["currency"]))
        except Refusal as refusal:
            wrong = refusal.refusals if isinstance(refusal, ManyRefused) else [refusal]
            for each in wrong:
                each.field = f"{each.field}_{row}"
            refused += wrong
    if len(rows) < 2:
        empty = next(row for row in ROWS if row not in rows)
        refused.append(Malformed("invalid_field", "A contract has at least two milestones.", f"title_{empty}"))
    if refused or head is None:
        raise refused[0] if len(refused) == 1 else ManyRefused(refused)
    return head.seller, _proposal(head, milestones)


def _proposal(head: ContractForm, milestones: list[MilestoneForm]) -> ContractProposal:
    answer_s = int(head.answer) * DAY_S
    terms = agree_terms(Settlement.HOLD, Release.ON_ACCEPTANCE, int(head.inspect) * DAY_S, FeePolicy())
    from_wallet = head.from_wallet == "yes"
    parts = [
        Proposal(each.title, each.description, each.amount, answer_s, int(each.pay) * DAY_S, terms, from_wallet)
        for each in milestones
    ]
    return ContractProposal(head.title, head.description, head.currency, answer_s, parts)


@router.get("/my/contracts/new")
async def new_contract(known: Client, seller: Annotated[str, Query(max_length=36)] = "") -> Response:
    times = {f"pay_{row}": "30" for row in ROWS}
    return await _form(known, {"seller": seller, "answer": "7", "inspect": "7", "from_wallet": "yes", **times})


@router.post("/my/contracts/new")
async def propose_contract(known: Client) -> Response:
    fields, visitor = await known.visit.form(*_names(), "key"), known.visitor
    try:
        seller_id, proposal = _read(fields, known.visit.language)
        propose = partial(
            contracts.propose,
            actor=visitor.actor,
            buyer_id=visitor.user_id,
            seller_id=seller_id,
            proposal=proposal,
        )
        work = done(propose, lambda whole: {"contract_id": str(whole.contract.id)})
        answer = await act(known, f"contract/{fields['key'][:64]}", fields, work)
    except Refusal as refusal:
        return await _form(known, fields, refusal)
    return known.visit.to(f"/contracts/{answer.body['contract_id']}")


async def _form(known: Known, fields: dict[str, str], refusal: Refusal | None = None) -> Response:
    say = known.visit.language.say
    async with known.visit.transaction() as session:
        currencies = sorted({bank.currency for bank in await banks(session)})
        usual = await usual_currency(session, known)
        seller = await seller_named(session, known, fields["seller"])
    return known.visit.page(
        "contracts/form.html",
        fields={"currency": usual, **{name: value for name, value in fields.items() if value}},
        seller=seller,
        rows=ROWS,
        labels={f"{name}_{row}": say(words) % {"number": row} for row in ROWS for name, words in LABELS.items()},
        days=days_in(known.visit.language),
        to_answer=days_to_answer_in(known.visit.language),
        currencies=currencies,
        refusal=refusal,
        renamed={"seller_id": "seller"},
    )
