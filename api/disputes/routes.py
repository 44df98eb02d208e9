"""Disputes: either party objects while the money is held, both make statements and offers, an arbiter decides."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.agreements import Actor, answer_decision
from api.deals.schemas import DealNowOut
from api.dependencies import Arbiter, Caller, Operator, Requires, ServicesOfApp
from api.disputes.answers import answer_dispute
from api.disputes.divisions import DivisionOut
from api.disputes.schemas import (
    ArbiterDisputeOut,
    DisputeIn,
    DisputeOut,
    OfferToSettleIn,
    OpenDisputeOut,
    OpenDisputesOut,
    RulingIn,
    StatementIn,
    WholeDisputeOut,
)
from api.disputes.views import show_dispute
from api.fields import After, Empty, IdInPath, Limit, PartyIn
from api.overrides.schemas import OverrideOut
from api.refusals import LISTS, READS, WRITES
from api.writes import Write
from domain.disputes import DisputeState, Ruling, back_by, must_be_open
from domain.errors import NotFound
from domain.money import parse_money
from domain.roles import Role, Scope
from edge.documents import refusing
from edge.problem import problems
from fronts.paging import PAGE_SIZE
from fronts.writes import shown, written
from market import arbitration, disputes
from market.divisions import division
from market.overrides import Requested
from store.deals.deals import deal_of
from store.deals.disputes import Dispute, dispute_of, newest_dispute, open_disputes

router = APIRouter(tags=["disputes"])

Reader = Annotated[Caller, Depends(Requires(scope=Scope.DEALS, client=True, role=Role.OPERATOR))]
OfferNumber = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.post(
    "/deals/{deal_id}/dispute",
    summary="Open a dispute",
    status_code=202,
    response_model=DealNowOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_deal unknown_user",
            409: "not_a_party nothing_to_dispute inspection_over too_many_disputes already_proposed "
            "deadline_passed deal_closed",
        },
    ),
)
async def open_dispute(deal_id: IdInPath, body: DisputeIn, caller: Actor, write: Write) -> Response:
    """Either party disputes a paid deal while it is inspected. What is disputed does not move until it ends.

    The other party answers until `answer_by`. The dispute ends when its author retracts it, an offer is accepted, the
    buyer accepts the purchase, both parties cancel, or an arbiter decides: `completed`, `refunded` or `split`.
    """
    decision = partial(disputes.dispute, reason=body.reason)
    return await answer_decision(write, caller, deal_id, body, decision)


@router.post(
    "/deals/{deal_id}/dispute/retraction",
    summary="Retract a dispute",
    status_code=202,
    response_model=DealNowOut,
    responses=refusing(
        WRITES, {404: "unknown_deal unknown_user", 409: "not_a_party no_dispute dispute_ended not_your_dispute"}
    ),
)
async def retract_dispute(deal_id: IdInPath, body: PartyIn, caller: Actor, write: Write) -> Response:
    """The party that opened the dispute retracts it, and the inspection continues; if it has ended, the seller is paid.

    During a dispute that the seller opened, the time to inspect stands still.
    """
    return await answer_decision(write, caller, deal_id, body, disputes.retract_dispute)


@router.get(
    "/deals/{deal_id}/dispute",
    summary="Get a deal's dispute",
    response_model=ArbiterDisputeOut | WholeDisputeOut,
    responses=refusing(READS, {404: "unknown_deal unknown_dispute"}),
)
async def get_dispute(deal_id: IdInPath, caller: Reader, services: ServicesOfApp) -> WholeDisputeOut:
    """The deal's newest dispute, with everything that both parties have added."""
    async with services.database.snapshot() as session:
        deal = await deal_of(session, caller.marketplace_id, deal_id, party=caller.user_id)
        dispute = await newest_dispute(session, deal.id)
        if dispute is None:
            raise NotFound("unknown_dispute", "There is no dispute about this deal.")
        return await show_dispute(session, deal, dispute, for_operator=caller.is_operator)


@router.post(
    "/deals/{deal_id}/dispute/statements",
    summary="Add a statement to a dispute",
    status_code=202,
    response_model=DisputeOut,
    responses=refusing(
        WRITES, {404: "unknown_deal unknown_user", 409: "not_a_party no_dispute dispute_ended too_many_entries"}
    ),
)
async def add_statement(deal_id: IdInPath, body: StatementIn, caller: Actor, write: Write) -> Response:
    """A party states something, with a link to evidence if there is any. Both parties and the arbiter read it."""
    decision = partial(disputes.add_statement, said=body.text, link=body.link)
    return await answer_dispute(write, caller, deal_id, body, decision)


@router.post(
    "/deals/{deal_id}/dispute/offers",
    summary="Offer to settle a dispute",
    status_code=202,
    response_model=DisputeOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_deal unknown_user",
            409: "not_a_party no_dispute dispute_ended too_many_entries offer_exceeds_price wrong_currency",
            422: "bad_amount unknown_currency",
        },
    ),
)
async def offer_settlement(deal_id: IdInPath, body: OfferToSettleIn, caller: Actor, write: Write) -> Response:
    """A party offers to end the dispute with `back` for the buyer and the rest for the seller.

    It replaces their last offer.
    """
    decision = partial(disputes.offer, back=body.back.money("back"), said=body.text)
    return await answer_dispute(write, caller, deal_id, body, decision)


@router.post(
    "/deals/{deal_id}/dispute/offers/retraction",
    summary="Withdraw an offer to settle",
    status_code=202,
    response_model=DisputeOut,
    responses=refusing(
        WRITES, {404: "unknown_deal unknown_user", 409: "not_a_party no_dispute dispute_ended nothing_offered"}
    ),
)
async def withdraw_settlement_offer(deal_id: IdInPath, body: PartyIn, caller: Actor, write: Write) -> Response:
    """A party withdraws its own offer."""
    return await answer_dispute(write, caller, deal_id, body, disputes.withdraw_offer)


@router.post(
    "/deals/{deal_id}/dispute/offers/{number}/acceptance",
    summary="Accept an offer to settle",
    status_code=202,
    response_model=DisputeOut,
    responses=refusing(
        WRITES,
        {404: "unknown_deal unknown_user", 409: "not_a_party no_dispute dispute_ended offer_ended own_settlement"},
    ),
)
async def accept_settlement_offer(
    deal_id: IdInPath, number: OfferNumber, body: PartyIn, caller: Actor, write: Write
) -> Response:
    """The other party accepts an offer by its number: the money is divided as offered."""
    return await answer_dispute(write, caller, deal_id, body, partial(disputes.accept_offer, number=number))


@router.get("/disputes", summary="List open disputes", responses=LISTS, tags=["operators"])
async def list_disputes(
    caller: Operator, services: ServicesOfApp, after: After = None, limit: Limit = PAGE_SIZE
) -> OpenDisputesOut:
    """Open disputes, the oldest first. An arbiter takes one, reads it at its deal, and decides."""
    async with services.database.transaction() as session:
        found = await open_disputes(session, after, limit + 1)
    return OpenDisputesOut.of(found, limit, lambda row: OpenDisputeOut.of(*row), id_of=lambda row: row[0].id)


@router.post(
    "/disputes/{dispute_id}/assignment",
    summary="Take a dispute",
    status_code=202,
    response_model=OpenDisputeOut,
    responses=refusing(
        WRITES, {403: "second_arbiter_needed", 404: "unknown_dispute", 409: "dispute_ended dispute_taken"}
    ),
    tags=["operators"],
)
async def take_dispute(dispute_id: IdInPath, body: Empty, caller: Arbiter, write: Write) -> Response:
    """An operator with the role `arbiter` takes the dispute: only they decide it, until `decide_by`."""
    act = partial(arbitration.take, operator_id=caller.operator_id, dispute_id=dispute_id)
    return await write.answer(caller, body, shown(202, act, _taken))


@router.get(
    "/disputes/{dispute_id}/preview",
    summary="Preview a ruling",
    responses=refusing(
        problems(401, 403, 404, 409, 422, 503),
        {404: "unknown_dispute", 409: "dispute_ended exceeds_refundable nothing_to_split", 422: "bad_amount"},
    ),
    tags=["operators"],
)
async def preview_ruling(
    dispute_id: IdInPath,
    caller: Operator,
    services: ServicesOfApp,
    ruling: Ruling,
    amount: Annotated[
        str | None, Query(max_length=32, description="What goes back to the buyer, in the deal's currency: of a split.")
    ] = None,
) -> DivisionOut:
    """What a ruling would move: to whom, with commission and fees, before it is made."""
    async with services.database.snapshot() as session:
        dispute = await dispute_of(session, dispute_id)
        must_be_open(DisputeState(dispute.state))
        deal = await deal_of(session, None, dispute.deal_id)
        money = None if amount is None else parse_money(amount, deal.currency)
        return DivisionOut.of(await division(session, deal, back_by(ruling, money, deal.disputed)))


@router.post(
    "/disputes/{dispute_id}/decision",
    summary="Decide a dispute",
    status_code=202,
    response_model=OverrideOut,
    responses=refusing(
        WRITES,
        {
            403: "second_arbiter_needed",
            404: "unknown_dispute",
            409: "deal_closed dispute_ended dispute_taken answer_awaited decision_pending page_outdated "
            "nothing_to_decide nothing_to_split exceeds_refundable wrong_currency too_many_refunds",
            422: "bad_amount unknown_currency",
        },
    ),
    tags=["operators"],
)
async def decide_dispute(dispute_id: IdInPath, body: RulingIn, caller: Arbiter, write: Write) -> Response:
    """The arbiter decides for the seller (`release`), the buyer (`refund`) or both (`split`), with a reason for them.

    It is refused before the other party has answered or `answer_by` is over. It is an override of the deal: above the
    market's limit it first awaits approval by a second person.
    """
    act = partial(
        arbitration.decide,
        operator_id=caller.operator_id,
        dispute_id=dispute_id,
        asked=body.asked(),
        alone_up_to=write.services.settings.override_alone_up_to,
        entries=body.entries,
    )
    return await write.answer(caller, body, written(202, act, _out))


async def _taken(session: AsyncSession, dispute: Dispute) -> OpenDisputeOut:
    return OpenDisputeOut.of(dispute, await deal_of(session, None, dispute.deal_id))


def _out(requested: Requested) -> OverrideOut:
    return OverrideOut.of(requested.override, requested.deal)
