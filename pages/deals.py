"""Deals: a client's own, and one deal with its payments, its history and its agreements."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from domain.agreements import Party, Subject
from domain.deals import OPEN, DealState
from domain.errors import Conflict, Malformed, Refusal
from domain.limits import MAX_REASON
from domain.payments import PaymentState
from domain.statuses import Setter
from market.agreements import accept, cancel, extend, open_proposals, retract
from market.parties import Decision, decide
from market.statuses import offered
from market.verdicts import inspecting
from pages.acts import act, done
from pages.forms import Count, FieldRefusal, Form, one_of
from pages.live import Look, Room, Seen, news
from pages.messages import conversation
from pages.progress import Progress
from pages.redirections import stranded
from pages.visit import Client, Known, Visit
from pages.words import (
    DEAL_NEXT_FOR_BUYER,
    DEAL_NEXT_FOR_SELLER,
    INSPECTING_BUYER,
    INSPECTING_SELLER,
    MOVING,
    NOTHING_PAID,
    WAITING,
    Live,
    payment_words,
    story_of,
)
from store import clock
from store.deals.agreements import proposal
from store.deals.deals import Deal, deal_of_party, deals_of_user
from store.deals.disputes import newest_dispute
from store.deals.messages import unread_of
from store.deals.statuses import Status, status_of, statuses
from store.operations.platform_settings import DealTitle, deal_titles
from store.payments.events import events_of
from store.payments.overrides import why_decided
from store.payments.payments import Payment, payments_of, payments_of_deals
from store.payments.refunds import BY_THE_DEAL, refundable, refunds_of
from store.people.users import user_of
from texts.languages import message

router = APIRouter()

PAGE_SIZE: Final = 20
MOST_BACK: Final = message("At most %(most)s can be refunded.")
LONGER: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}
Before = Annotated[UUID | None, Query()]


class Decided(Form):
    """`events` is how many the deal had when the form was made."""

    events: Count


class Cancellation(Decided):
    reason: Annotated[str, Field(max_length=MAX_REASON)]


class Extension(Decided):
    longer: Annotated[str, one_of((*LONGER, "agreed"), message("Please choose how much longer."))]


class Retraction(Decided):
    subject: Annotated[str, one_of(tuple(Subject), message("There is no such proposal."))]


T = TypeVar("T", bound=Decided)


@router.get("/my/deals")
async def own_deals(known: Client, before: Before = None) -> Response:
    visitor = known.visitor
    async with known.visit.reading() as session:
        deals = await deals_of_user(session, visitor.user_id, before, PAGE_SIZE + 1)
        shown = deals[:PAGE_SIZE]
        payments = await payments_of_deals(session, [deal.id for deal in shown])
        states = await state_words(session, known.visit)
        unread = await unread_of(session, visitor.user_id, [deal.id for deal in shown])
        names = {each.code: name_in(known.visit, each) for each in await statuses(session)}
    return known.visit.page(
        "deals/own.html",
        deals=shown,
        before=shown[-1].id if len(deals) > PAGE_SIZE else None,
        progress={deal.id: Progress.of(deal, payments.get(deal.id, [])) for deal in shown},
        states=states,
        unread=unread,
        statuses=names,
        is_open={deal.id: DealState(deal.state) in OPEN for deal in shown},
    )


@router.get("/deals/{deal_id}")
async def one_deal(known: Client, deal_id: UUID) -> Response:
    return await deal_page(known, deal_id)


async def _look(known: Client, deal_id: UUID) -> Look:
    async def look() -> str:
        async with known.visit.transaction() as session:
            deal = await deal_of_party(session, known.visitor.user_id, deal_id)
            return _version(deal, await payments_of(session, deal_id))

    await look()  # another user's deal is refused before the stream begins
    return look


@router.get("/deals/{deal_id}/live", response_class=EventSourceResponse, dependencies=[Room])
async def live(look: Annotated[Look, Depends(_look)], seen: Seen = "") -> AsyncIterator[ServerSentEvent]:
    async for event in news(look, seen):
        yield event


@router.post("/deals/{deal_id}/acceptance")
async def accept_deal(known: Client, deal_id: UUID) -> Response:
    return await decide_about(known, deal_id, "accept", Decided, lambda typed: accept)


@router.post("/deals/{deal_id}/cancellation")
async def cancel_deal(known: Client, deal_id: UUID) -> Response:
    """Cancels, proposes or agrees, whichever the rules allow. The form names the state that it was made for."""
    return await decide_about(
        known, deal_id, "cancel", Cancellation, lambda typed: partial(cancel, reason=typed.reason or None)
    )


@router.post("/deals/{deal_id}/extension")
async def extend_deal(known: Client, deal_id: UUID) -> Response:
    """Proposes an extension, or agrees to the other party's (`longer` is then `agreed`)."""

    def extend_as_wanted(typed: Extension) -> Decision:
        async def decision(session: AsyncSession, deal: Deal, party: Party) -> None:
            await extend(session, deal, party, await _wanted(session, deal, typed.longer))

        return decision

    return await decide_about(known, deal_id, "extend", Extension, extend_as_wanted)


@router.post("/deals/{deal_id}/retraction")
async def retract_proposal(known: Client, deal_id: UUID) -> Response:
    return await decide_about(
        known, deal_id, "retract", Retraction, lambda typed: partial(retract, subject=Subject(typed.subject))
    )


async def _wanted(session: AsyncSession, deal: Deal, longer: str) -> datetime:
    if longer == "agreed":
        open_ = await proposal(session, deal.id, Subject.EXTENSION)
        if open_ is None or open_.pay_by is None:
            raise Conflict("nothing_proposed", "The proposal was retracted in the meantime.")
        return open_.pay_by
    return deal.pay_by + LONGER[longer]


async def decide_about(
    known: Known, deal_id: UUID, name: str, form: type[T], decision_of: Callable[[T], Decision]
) -> Response:
    """A decision of one party about a deal that has not changed since the form was made."""
    fields, visitor = await known.visit.form(*form.names()), known.visitor
    try:
        typed = form.read(fields)
        decision, events = decision_of(typed), typed.events
        work = done(lambda session: decide(session, visitor.actor, deal_id, visitor.user_id, decision, events))
        await act(known, f"{name}/{deal_id}/{events}", fields, work)
    except (Conflict, Malformed) as refusal:
        return await deal_page(known, deal_id, refusal, fields)
    return known.visit.to(f"/deals/{deal_id}")


async def state_words(session: AsyncSession, visit: Visit) -> dict[str, str]:
    """The titles that an administrator gives to states."""
    return {title.state: name_in(visit, title) for title in await deal_titles(session)}


def name_in(visit: Visit, named: DealTitle | Status) -> str:
    """What an administrator calls it in the visitor's language."""
    return named.ru if visit.language.code == "ru" else named.en


def waits_for_banks(deal: Deal, payments: Sequence[Payment]) -> bool:
    """Whether something is near that only banks decide."""
    moving = DealState(deal.state) in MOVING and not inspecting(deal)
    return moving or any(PaymentState(payment.state) in WAITING for payment in payments)


def _version(deal: Deal, payments: list[Payment]) -> str:
    return f"{deal.state}-{deal.events}-{sum(payment.events for payment in payments)}"


async def deal_page(
    known: Known, deal_id: UUID, refusal: Refusal | None = None, fields: dict[str, str] | None = None
) -> Response:
    """One deal; with `refusal` also the result of the form with these `fields`."""
    visit, visitor = known.visit, known.visitor
    async with visit.transaction() as session:
        deal = await deal_of_party(session, visitor.user_id, deal_id)
        payments = await payments_of(session, deal.id)
        now = await clock.now(session, deal.id)
        other_id = deal.seller_id if deal.buyer_id == visitor.user_id else deal.buyer_id
        values: dict[str, Any] = {
            "deal": deal,
            "payments": payments,
            "refunds": await refunds_of(session, deal.id),
            "other": (await user_of(session, visitor.marketplace_id, other_id)).name,
            "state": (await state_words(session, visit))[deal.state],
            "events": story_of(await events_of(session, deal.id), buying=deal.buyer_id == visitor.user_id),
            "stranded": await stranded(session, known, deal),
            "chat": await conversation(session, known, deal),
            "deal_status": None if deal.status is None else name_in(visit, await status_of(session, deal.status)),
        }
        setter = Setter.BUYER if deal.buyer_id == visitor.user_id else Setter.SELLER
        values["offered"] = [(each.code, name_in(visit, each)) for each in await offered(session, deal, setter)]
        proposed = await open_proposals(session, deal)
        values |= {subject: proposed.get(subject) for subject in Subject}
        values["quarrel"] = quarrel = await newest_dispute(session, deal.id)  # also one that has ended
        values["dispute"] = quarrel if quarrel and quarrel.is_open else None
        values["why"] = await why_decided(session, quarrel)
    buying = deal.buyer_id == visitor.user_id
    most = refundable(deal, values["refunds"])
    if refusal is not None and refusal.code == "exceeds_refundable" and most.minor:
        refusal = FieldRefusal.instead_of(refusal, MOST_BACK, "amount", most=most)
    waits = waits_for_banks(deal, payments) or any(refund.final_at is None for refund in values["refunds"])
    return visit.page(
        "deals/deal.html",
        buying=buying,
        party="buyer" if buying else "seller",
        progress=Progress.of(deal, payments),
        next=visit.language.say(_next(deal, payments, buying=buying)),
        is_open=DealState(deal.state) in OPEN,
        in_time=now <= deal.pay_by,
        from_outside=any(gateway.rules.limits_in(deal.currency) for gateway in visit.services.gateways),
        inspecting=inspecting(deal),
        now=now,
        payment_words=payment_words,
        by_the_deal=BY_THE_DEAL,
        refundable=most,
        fields=fields or {},
        refusal=refusal,
        renamed={"account_id": "source", "wallet_id": "source"},
        live=Live(f"/deals/{deal.id}/live", _version(deal, payments), waits),
        **values,
    )


def _next(deal: Deal, payments: list[Payment], *, buying: bool) -> str:
    if deal.state in NOTHING_PAID and all(payment.state != PaymentState.REFUNDED for payment in payments):
        return NOTHING_PAID[DealState(deal.state)]
    if inspecting(deal) and deal.inspect_by is not None:
        return INSPECTING_BUYER if buying else INSPECTING_SELLER
    return (DEAL_NEXT_FOR_BUYER if buying else DEAL_NEXT_FOR_SELLER)[DealState(deal.state)]
