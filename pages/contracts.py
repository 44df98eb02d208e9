"""Contracts: answered and cancelled as a whole; a client's own, and one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field
from starlette.responses import Response

from domain.contracts import ContractState
from domain.deals import OPEN, DealState
from domain.errors import Conflict, Malformed, Refusal
from domain.limits import MAX_REASON
from market import contracts
from market.acts import Outcome
from market.contracts import WholeContract, events_of, sums_of, visible_contract
from pages.acts import act, done
from pages.deals import Decided, state_words, waits_for_banks
from pages.live import Look, Room, Seen, news
from pages.visit import Client, Known
from pages.words import (
    CONTRACT_NEXT_FOR_BUYER,
    CONTRACT_NEXT_FOR_SELLER,
    CONTRACT_PAID_FOR_BUYER,
    CONTRACT_PAID_FOR_SELLER,
    CONTRACT_STATES,
    Live,
)
from store import clock
from store.deals.contracts import contracts_after, milestones_of
from store.payments.payments import Payment, payments_of_deals
from store.payments.refunds import refunds_of_deals
from store.people.users import user_of

router = APIRouter()

PAGE_SIZE: Final = 20
Before = Annotated[UUID | None, Query()]
Act = Callable[..., Awaitable[Outcome[WholeContract]]]


class Cancellation(Decided):
    reason: Annotated[str, Field(max_length=MAX_REASON)]


@router.get("/my/contracts")
async def own_contracts(known: Client, before: Before = None) -> Response:
    user_id = known.visitor.user_id
    async with known.visit.reading() as session:
        found = await contracts_after(session, known.visitor.marketplace_id, before, PAGE_SIZE + 1, None, party=user_id)
    shown = found[:PAGE_SIZE]
    return known.visit.page(
        "contracts/own.html",
        contracts=shown,
        states=CONTRACT_STATES,
        before=shown[-1].contract.id if len(found) > PAGE_SIZE else None,
    )


@router.get("/contracts/{contract_id}")
async def one_contract(known: Client, contract_id: UUID) -> Response:
    return await _page(known, contract_id)


async def _look(known: Client, contract_id: UUID) -> Look:
    async def look() -> str:
        async with known.visit.transaction() as session:
            contract = await visible_contract(session, known.visitor.actor, contract_id)
            whole = WholeContract(contract, await milestones_of(session, contract_id))
            return _version(whole, await payments_of_deals(session, [deal.id for deal in whole.milestones]))

    await look()  # another user's contract is refused before the stream begins
    return look


@router.get("/contracts/{contract_id}/live", response_class=EventSourceResponse, dependencies=[Room])
async def live(look: Annotated[Look, Depends(_look)], seen: Seen = "") -> AsyncIterator[ServerSentEvent]:
    async for event in news(look, seen):
        yield event


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
        payments = await payments_of_deals(session, deals)
        sums = sums_of(whole, payments, await refunds_of_deals(session, deals))
        states = await state_words(session, visit)
        now = await clock.now(session, deals[0])
    return visit.page(
        "contracts/contract.html",
        contract=contract,
        milestones=whole.milestones,
        state=whole.state,
        states=states,
        title_of_state=visit.language.say(CONTRACT_STATES[whole.state]),
        next=visit.language.say(_next(whole.state, buying=buying, paid=not sums.left.minor)),
        events=events_of(whole),
        may_answer=whole.state is ContractState.PROPOSED and now <= contract.answer_by,
        active=whole.state is ContractState.ACTIVE,
        buying=buying,
        other=other,
        sums=sums,
        now=now,
        from_wallet=any(deal.from_wallet and DealState(deal.state) in OPEN for deal in whole.milestones),
        fields=fields or {},
        refusal=refusal,
        live=Live(f"/contracts/{contract.id}/live", _version(whole, payments), _waits(whole, payments)),
    )


def _next(state: ContractState, *, buying: bool, paid: bool) -> str:
    if state is ContractState.ACTIVE and paid:
        return CONTRACT_PAID_FOR_BUYER if buying else CONTRACT_PAID_FOR_SELLER
    return (CONTRACT_NEXT_FOR_BUYER if buying else CONTRACT_NEXT_FOR_SELLER)[state]


def _version(whole: WholeContract, payments: Mapping[UUID, Sequence[Payment]]) -> str:
    moved = sum(payment.events for of_deal in payments.values() for payment in of_deal)
    return f"{whole.state}-{events_of(whole)}-{moved}"


def _waits(whole: WholeContract, payments: Mapping[UUID, Sequence[Payment]]) -> bool:
    return any(waits_for_banks(deal, payments.get(deal.id, ())) for deal in whole.milestones)
