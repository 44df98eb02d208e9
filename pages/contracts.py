"""Contracts: proposed with up to ten milestones, answered and cancelled as a whole; a client's own, and one of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from domain.contracts import ContractState
from domain.errors import Conflict, Malformed, Refusal
from domain.limits import MAX_DESCRIPTION, MAX_REASON
from domain.money import decimals
from domain.terms import FeePolicy, Release, Settlement, agree_terms
from edge.wire import Line, Said
from market import contracts
from market.acts import Outcome
from market.contracts import ContractProposal, WholeContract, events_of, sums_of, visible_contract
from market.service_deals import Proposal
from pages.acts import act, done
from pages.amounts import Amount
from pages.currencies import usual_currency
from pages.deals import Decided, state_words
from pages.forms import Form, ManyRefused, simple
from pages.proposals import (
    DAY_S,
    MAX_TITLE,
    Days,
    DaysToAnswer,
    Seller,
    days_in,
    days_to_answer_in,
    seller_named,
)
from pages.visit import Client, Known
from pages.words import CONTRACT_NEXT_FOR_BUYER, CONTRACT_NEXT_FOR_SELLER, CONTRACT_STATES
from store import clock
from store.banks.banks import banks
from store.deals.contracts import contracts_after, milestones_of
from store.payments.payments import payments_of_deals
from store.payments.refunds import refunds_of_deals
from store.people.users import user_of
from texts.languages import Language, message

router = APIRouter()

PAGE_SIZE: Final = 20
ROWS: Final = tuple(range(1, 11))
LABELS: Final = {
    "title": message("Milestone %(number)s: title"),
    "amount": message("Milestone %(number)s: amount"),
    "pay": message("Milestone %(number)s: time to pay"),
}
"""How errors name a field of a row."""
Before = Annotated[UUID | None, Query()]
Act = Callable[..., Awaitable[Outcome[WholeContract]]]


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


class MilestoneForm(Form):
    """One row; its fields carry the number of the row: `title_1`. A row without title and amount is left out."""

    title: Annotated[Line, Field(max_length=MAX_TITLE)]
    amount: Amount
    pay: Days


class Cancellation(Decided):
    reason: Annotated[str, Field(max_length=MAX_REASON)]


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
    rows = [row for row in ROWS if fields[f"title_{row}"] or fields[f"amount_{row}"]]
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
    parts = [
        Proposal(milestone.title, "", milestone.amount, answer_s, int(milestone.pay) * DAY_S, terms)
        for milestone in milestones
    ]
    return ContractProposal(head.title, head.description, head.currency, answer_s, parts)


@router.get("/my/contracts")
async def own_contracts(known: Client, before: Before = None) -> Response:
    user_id = known.visitor.user_id
    async with known.visit.transaction() as session:
        found = await contracts_after(session, known.visitor.marketplace_id, before, PAGE_SIZE + 1, None, party=user_id)
    shown = found[:PAGE_SIZE]
    return known.visit.page(
        "contracts/own.html",
        contracts=shown,
        states=CONTRACT_STATES,
        before=shown[-1].contract.id if len(found) > PAGE_SIZE else None,
    )


@router.get("/my/contracts/new")
async def new_contract(known: Client, seller: Annotated[str, Query(max_length=36)] = "") -> Response:
    times = {f"pay_{row}": "30" for row in ROWS}
    return await _form(known, {"seller": seller, "answer": "7", "inspect": "7", **times})


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


@router.get("/contracts/{contract_id}")
async def one_contract(known: Client, contract_id: UUID) -> Response:
    return await _page(known, contract_id)


@router.post("/contracts/{contract_id}/confirmation")
async def confirm_contract(known: Client, contract_id: UUID) -> Response:
    return await _decide(known, contract_id, "confirm", contracts.confirm)


@router.post("/contracts/{contract_id}/denial")
async def deny_contract(known: Client, contract_id: UUID) -> Response:
    return await _decide(known, contract_id, "deny", contracts.deny)


@router.post("/contracts/{contract_id}/retraction")
async def retract_contract(known: Client, contract_id: UUID) -> Response:
    return await _decide(known, contract_id, "retract", contracts.retract)


@router.post("/contracts/{contract_id}/cancellation")
async def cancel_contract(known: Client, contract_id: UUID) -> Response:
    """Cancels, proposes or agrees, whichever the rules of each milestone allow."""
    return await _decide(known, contract_id, "cancel", contracts.cancel, Cancellation)


async def _decide(known: Known, contract_id: UUID, name: str, decide: Act, form: type[Decided] = Decided) -> Response:
    """A decision of one party about a contract none of whose milestones has changed since the form was made."""
    fields, visitor = await known.visit.form(*form.names()), known.visitor
    try:
        typed = form.read(fields)
        said = {"reason": typed.reason or None} if isinstance(typed, Cancellation) else {}
        decision = partial(
            decide,
            actor=visitor.actor,
            contract_id=contract_id,
            user_id=visitor.user_id,
            events=typed.events,
            **said,
        )
        await act(known, f"{name}-contract/{contract_id}/{typed.events}", fields, done(decision))
    except (Conflict, Malformed) as refusal:
        return await _page(known, contract_id, refusal, fields)
    return known.visit.to(f"/contracts/{contract_id}")


async def _page(
    known: Known, contract_id: UUID, refusal: Refusal | None = None, fields: dict[str, str] | None = None
) -> Response:
    visit, visitor = known.visit, known.visitor
    async with visit.transaction() as session:
        contract = await visible_contract(session, visitor.actor, contract_id)
        whole = WholeContract(contract, await milestones_of(session, contract_id))
        deals = [deal.id for deal in whole.milestones]
        buying = contract.buyer_id == visitor.user_id
        other_id = contract.seller_id if buying else contract.buyer_id
        other = (await user_of(session, visitor.marketplace_id, other_id)).name
        sums = sums_of(whole, await payments_of_deals(session, deals), await refunds_of_deals(session, deals))
        states = await state_words(session, visit)
        now = await clock.now(session, deals[0])
    return visit.page(
        "contracts/contract.html",
        contract=contract,
        milestones=whole.milestones,
        state=whole.state,
        states=states,
        title_of_state=visit.language.say(CONTRACT_STATES[whole.state]),
        next=visit.language.say((CONTRACT_NEXT_FOR_BUYER if buying else CONTRACT_NEXT_FOR_SELLER)[whole.state]),
        events=events_of(whole),
        may_answer=whole.state is ContractState.PROPOSED and now <= contract.answer_by,
        active=whole.state is ContractState.ACTIVE,
        buying=buying,
        other=other,
        sums=sums,
        now=now,
        fields=fields or {},
        refusal=refusal,
    )


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
