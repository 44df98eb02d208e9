"""The dispute about a deal, for both parties: what was said and offered, what each end means in money, and forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from domain.agreements import Party
from domain.disputes import MAX_LINK, MAX_STATEMENT, DisputeState, EntryKind, Ruling, ruling_of
from domain.errors import Malformed, Refusal
from domain.limits import MAX_REASON
from domain.money import Money
from edge.characters import LINK, is_said
from market import disputes
from market.acts import Outcome
from market.divisions import Release, division, release
from market.parties import Decision, decide
from pages.acts import act, done
from pages.amounts import Amount
from pages.deals import Decided, deal_page
from pages.forms import missing, simple
from pages.visit import Client, Known
from store import clock
from store.deals.deals import Deal, deal_of_party
from store.deals.disputes import Dispute, dispute_now, entries_of, newest_dispute, standing_offers
from store.payments.overrides import why_decided
from store.people.users import user_of
from texts.languages import message

router = APIRouter()

_VISIBLE: Final = "".join(map(chr, range(0x21, 0x7F)))

STATES: Final = {
    DisputeState.OPEN: message("Open"),
    DisputeState.SETTLED: message("Settled"),
    DisputeState.DECIDED: message("Decided by an arbiter"),
    DisputeState.WITHDRAWN: message("Retracted"),
}
ENTRIES: Final = {
    EntryKind.STATEMENT: message("Statement"),
    EntryKind.EVIDENCE: message("Evidence"),
    EntryKind.OFFER: message("Offer: %(back)s goes back to the buyer"),
    EntryKind.OFFER_WITHDRAWN: message("The offer was withdrawn"),
    EntryKind.OFFER_ACCEPTED: message("The offer was accepted"),
    EntryKind.PART_RELEASED: message("Undisputed: %(sum)s is paid to the seller"),
}
RULINGS: Final = {
    Ruling.RELEASE: message("All of it for the seller"),
    Ruling.REFUND: message("All of it back to the buyer"),
    Ruling.SPLIT: message("Divided"),
}


def _objection(typed: str) -> str:
    if not is_said(typed) or len(typed) > MAX_REASON:
        raise Malformed("missing_field", "Please say what is wrong, in at most 500 characters.")
    return typed


def _statement(typed: str) -> str:
    if not is_said(typed):
        raise missing()
    return typed


def _link(typed: str) -> str | None:
    if not typed:
        return None
    typed = quote(typed, safe=_VISIBLE)  # as a browser sends what was copied with letters of any script
    if len(typed) > MAX_LINK or not re.fullmatch(LINK, typed):
        raise Malformed("invalid_field", "A link begins with https:// and has at most 500 characters.")
    return typed


class Objection(Decided):
    objection: Annotated[str, simple(_objection)]


class Statement(Decided):
    statement: Annotated[str, Field(max_length=MAX_STATEMENT), simple(_statement)]
    link: Annotated[str | None, simple(_link)]


class Offer(Decided):
    back: Amount
    words: Annotated[str, Field(max_length=MAX_STATEMENT)]


class UndisputedPart(Decided):
    """`agreed` is the part as it was typed when its figures were shown; without it they are shown first."""

    part: Amount
    agreed: Annotated[str, Field(max_length=40)]


@dataclass(frozen=True, slots=True)
class End:
    """What one end of the dispute means: `offered_by` says whose offer it is. `fee` goes back on top of `back`."""

    ruling: Ruling
    back: Money
    fee: Money
    seller: Money
    """Before the platform's commission."""
    offered_by: str | None = None


@router.post("/deals/{deal_id}/dispute")
async def dispute_deal(known: Client, deal_id: UUID) -> Response:
    visitor = known.visitor
    fields = await known.visit.form(*Objection.names())
    try:
        typed = Objection.read(fields)
        decision = partial(disputes.dispute, reason=typed.objection)
        work = done(lambda session: decide(session, visitor.actor, deal_id, visitor.user_id, decision, typed.events))
        await act(known, f"dispute/{deal_id}/{typed.events}", fields, work)
    except Refusal as refusal:
        return await deal_page(known, deal_id, refusal, fields)
    return known.visit.to(f"/deals/{deal_id}/dispute")


@router.get("/deals/{deal_id}/dispute")
async def one_dispute(known: Client, deal_id: UUID) -> Response:
    return await _page(known, deal_id)


@router.post("/deals/{deal_id}/dispute/retraction")
async def retract_dispute(known: Client, deal_id: UUID) -> Response:
    fields = await known.visit.form(*Decided.names())
    return await _decide(known, deal_id, "retract-dispute", fields, lambda: disputes.retract_dispute)


@router.post("/deals/{deal_id}/dispute/statements")
async def add_statement(known: Client, deal_id: UUID) -> Response:
    fields = await known.visit.form(*Statement.names())

    def state() -> Decision:
        typed = Statement.read(fields)
        return partial(disputes.add_statement, said=typed.statement, link=typed.link)

    return await _decide(known, deal_id, "state", fields, state)


@router.post("/deals/{deal_id}/dispute/offers")
async def offer_to_settle(known: Client, deal_id: UUID) -> Response:
    fields = await known.visit.form(*Offer.names())
    async with known.visit.transaction() as session:
        currency = (await deal_of_party(session, known.visitor.user_id, deal_id)).currency

    def offer() -> Decision:
        typed = Offer.read(fields, language=known.visit.language, currency=currency)
        return partial(disputes.offer, back=typed.back, said=typed.words or None)

    return await _decide(known, deal_id, "offer", fields, offer)


@router.post("/deals/{deal_id}/dispute/offers/retraction")
async def withdraw_offer(known: Client, deal_id: UUID) -> Response:
    fields = await known.visit.form(*Decided.names())
    return await _decide(known, deal_id, "withdraw-offer", fields, lambda: disputes.withdraw_offer)


@router.post("/deals/{deal_id}/dispute/offers/{number}/acceptance")
async def accept_offer(known: Client, deal_id: UUID, number: int) -> Response:
    fields = await known.visit.form(*Decided.names())
    return await _decide(
        known, deal_id, f"accept-offer-{number}", fields, lambda: partial(disputes.accept_offer, number=number)
    )


@router.post("/deals/{deal_id}/dispute/undisputed-part")
async def release_undisputed_part(known: Client, deal_id: UUID) -> Response:
    """Shows what it means to release the part that was typed; once that was seen, releases it."""
    fields = await known.visit.form(*UndisputedPart.names())
    try:
        async with known.visit.transaction() as session:
            deal = await deal_of_party(session, known.visitor.user_id, deal_id)
            typed = UndisputedPart.read(fields, language=known.visit.language, currency=deal.currency)
            part = None
            if typed.agreed != fields["part"]:
                await dispute_now(session, deal.id)
                part = await release(session, deal, typed.part)
    except Refusal as refusal:
        return await _page(known, deal_id, refusal, fields)
    if part is not None:
        return await _page(known, deal_id, fields=fields, part=part)
    decision = partial(disputes.release_undisputed, amount=typed.part)
    return await _decide(known, deal_id, "release-part", fields, lambda: decision)


async def _decide(
    known: Known, deal_id: UUID, name: str, fields: dict[str, str], decision_of: Callable[[], Decision]
) -> Response:
    """What one party does about the dispute of a deal that has not changed since the form was made."""
    visitor = known.visitor
    try:
        decision: Decision = decision_of()
        events = Decided.read({"events": fields["events"]}).events

        async def take(session: AsyncSession) -> Outcome[Dispute]:
            return await disputes.act(session, visitor.actor, deal_id, visitor.user_id, decision, events)

        await act(known, f"{name}/{deal_id}/{events}", fields, done(take))
    except Refusal as refusal:
        return await _page(known, deal_id, refusal, fields)
    return known.visit.to(f"/deals/{deal_id}/dispute")


async def _page(
    known: Known,
    deal_id: UUID,
    refusal: Refusal | None = None,
    fields: dict[str, str] | None = None,
    part: Release | None = None,
) -> Response:
    visit, visitor = known.visit, known.visitor
    async with visit.transaction() as session:
        deal = await deal_of_party(session, visitor.user_id, deal_id)
        dispute = await newest_dispute(session, deal.id)
        if dispute is None:
            return visit.to(f"/deals/{deal_id}") if refusal is None else await deal_page(known, deal_id, refusal, {})
        entries = await entries_of(session, dispute.id)
        offers = standing_offers(entries, deal.disputed) if dispute.is_open else {}
        offered = {party: offer.back_minor or 0 for party, offer in offers.items()}
        ends = await _ends(session, deal, offered) if dispute.is_open else []
        buying = deal.buyer_id == visitor.user_id
        other_id = deal.seller_id if buying else deal.buyer_id
        other = (await user_of(session, visitor.marketplace_id, other_id)).name
        now, why = await clock.now(session, deal.id), await why_decided(session, dispute)
    back = None if dispute.back_minor is None else Money(dispute.back_minor, deal.currency)
    return visit.page(
        "disputes/dispute.html",
        deal=deal,
        dispute=dispute,
        entries=entries,
        entry_words=ENTRIES,
        money_of=lambda minor: Money(minor, deal.currency),
        offers=offers,
        ends=ends,
        rulings=RULINGS,
        state=STATES[DisputeState(dispute.state)],
        ruling=None if back is None else RULINGS[ruling_of(back.minor, deal.price_minor)],
        back=back,
        why=why,
        party="buyer" if buying else "seller",
        part=part,
        other=other,
        may_answer=dispute.is_open and dispute.answered_at is None and now <= dispute.answer_by,
        now=now,
        fields=fields or {},
        refusal=refusal,
    )


async def _ends(session: AsyncSession, deal: Deal, offers: dict[Party, int]) -> list[End]:
    """All for the seller, what was offered, all for the buyer."""
    offered = ((minor, party) for party, minor in offers.items())
    found = []
    for back_minor, party in ((0, None), *offered, (deal.disputed.minor, None)):
        end = await division(session, deal, back_minor)
        ruling = end.ruling if party or not back_minor else Ruling.REFUND  # of all that is disputed
        found.append(End(ruling, end.back, end.fee_back, deal.price - end.back, party))
    return found
