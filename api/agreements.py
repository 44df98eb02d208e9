"""Agreements between the parties of a deal: cancellation, extension, acceptance. A proposal may be retracted."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from api.deals.schemas import DealNowOut
from api.deals.views import show_deal
from api.dependencies import RequiresTenant, Tenant
from api.fields import IdInPath, PartyIn
from api.refusals import WRITES
from api.writes import Write, WriteRequest
from domain.agreements import Subject
from domain.limits import MAX_REASON
from domain.roles import Scope
from edge.documents import refusing
from edge.wire import Said, Timestamp
from fronts.writes import shown
from market import agreements
from market.parties import Decision, decide

router = APIRouter(tags=["deals"])

Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.DEALS, client=True))]


class CancellationIn(PartyIn):
    reason: Annotated[Said, Field(min_length=1, max_length=MAX_REASON)] | None = None


class ExtensionIn(PartyIn):
    pay_by: Timestamp
    """The new deadline, later than the present one."""


async def answer_decision(
    write: WriteRequest, caller: Tenant, deal_id: UUID, body: PartyIn, decision: Decision
) -> Response:
    """Answers with the deal after the decision of `body.user_id`."""
    work = shown(202, lambda session: decide(session, caller, deal_id, body.user_id, decision), show_deal)
    return await write.answer(caller, body, work)


@router.post(
    "/deals/{deal_id}/cancellation",
    summary="Cancel a deal",
    status_code=202,
    response_model=DealNowOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_deal unknown_user",
            409: "not_a_party already_proposed deadline_passed inspection_over release_begun part_released deal_closed "
            "deal_unconfirmed too_many_proposals",
        },
    ),
)
async def cancel_deal(deal_id: IdInPath, body: CancellationIn, caller: Actor, write: Write) -> Response:
    """Cancels a deal. Before the first money the buyer alone can; after that both parties have to ask.

    Everything taken goes back. Until both have asked, the first proposal is shown as the deal's `cancellation`.
    """
    cancel = partial(agreements.cancel, reason=body.reason)
    return await answer_decision(write, caller, deal_id, body, cancel)


@router.post(
    "/deals/{deal_id}/cancellation/retraction",
    summary="Retract a proposal to cancel",
    status_code=202,
    response_model=DealNowOut,
    responses=refusing(WRITES, {404: "unknown_deal unknown_user", 409: "not_a_party nothing_proposed"}),
)
async def retract_cancellation(deal_id: IdInPath, body: PartyIn, caller: Actor, write: Write) -> Response:
    """Retracts a party's own proposal to cancel before the other party has agreed."""
    retract = partial(agreements.retract, subject=Subject.CANCELLATION)
    return await answer_decision(write, caller, deal_id, body, retract)


@router.post(
    "/deals/{deal_id}/extension",
    summary="Extend a deal's deadline",
    status_code=202,
    response_model=DealNowOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_deal unknown_user",
            409: "not_a_party already_proposed deadline_passed deal_closed deal_unconfirmed too_many_proposals",
            422: "bad_deadline",
        },
    ),
)
async def extend_deadline(deal_id: IdInPath, body: ExtensionIn, caller: Actor, write: Write) -> Response:
    """Extends the deadline of an open deal, when both parties propose the same one.

    Until then the proposal is shown as the deal's `extension`; another deadline replaces it.
    """
    extend = partial(agreements.extend, pay_by=body.pay_by)
    return await answer_decision(write, caller, deal_id, body, extend)


@router.post(
    "/deals/{deal_id}/extension/retraction",
    summary="Retract a proposal to extend",
    status_code=202,
    response_model=DealNowOut,
    responses=refusing(WRITES, {404: "unknown_deal unknown_user", 409: "not_a_party nothing_proposed"}),
)
async def retract_extension(deal_id: IdInPath, body: PartyIn, caller: Actor, write: Write) -> Response:
    """Retracts a party's own proposal to extend before the other party has agreed."""
    retract = partial(agreements.retract, subject=Subject.EXTENSION)
    return await answer_decision(write, caller, deal_id, body, retract)


@router.post(
    "/deals/{deal_id}/acceptance",
    summary="Accept a deal",
    status_code=202,
    response_model=DealNowOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_deal unknown_user",
            409: "not_a_party not_the_buyer nothing_to_accept deadline_passed deal_closed",
        },
    ),
)
async def accept_deal(deal_id: IdInPath, body: PartyIn, caller: Actor, write: Write) -> Response:
    """The buyer accepts what was sold, and the seller is paid; otherwise this happens at `inspect_by`."""
    return await answer_decision(write, caller, deal_id, body, agreements.accept)
