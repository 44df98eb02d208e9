"""Disputes: the buyer objects during the inspection, and nothing is paid before a decision."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field

from api.agreements import Actor, answer_decision
from api.deals.schemas import DealNowOut
from api.dependencies import Operator, ServicesOfApp
from api.fields import After, IdInPath, Limit, Moment, MoneyOut, PageOut, PartyIn
from api.refusals import LISTS, WRITES
from api.writes import Write
from domain.agreements import Subject
from domain.limits import MAX_REASON
from edge.wire import Said, Wire, utc
from fronts.paging import PAGE_SIZE
from market import agreements, disputes
from store.deals.agreements import Agreement
from store.deals.deals import Deal

router = APIRouter(tags=["deals"])


class DisputeIn(PartyIn):
    reason: Annotated[Said, Field(min_length=1, max_length=MAX_REASON)]


class OpenDisputeOut(Wire):
    """A dispute that awaits an operator's decision: an override `release`, `refund` or `split` of the deal."""

    deal_id: str
    marketplace_id: str
    title: str
    price: MoneyOut
    buyer_id: str
    seller_id: str
    reason: str | None
    since: Moment

    @classmethod
    def of(cls, dispute: Agreement, deal: Deal) -> OpenDisputeOut:
        return cls(
            deal_id=str(deal.id),
            marketplace_id=str(deal.marketplace_id),
            title=deal.title,
            price=MoneyOut.of(deal.price),
            buyer_id=str(deal.buyer_id),
            seller_id=str(deal.seller_id),
            reason=dispute.reason,
            since=utc(dispute.proposed_at),
        )


class OpenDisputesOut(PageOut[OpenDisputeOut]):
    pass


@router.get("/disputes", responses=LISTS, tags=["operators"])
async def list_disputes(
    caller: Operator, services: ServicesOfApp, after: After = None, limit: Limit = PAGE_SIZE
) -> OpenDisputesOut:
    """Disputes that await a decision, the oldest first; an operator decides by an override of the deal."""
    async with services.database.transaction() as session:
        found = await disputes.open_disputes(session, after, limit + 1)
    return OpenDisputesOut.of(found, limit, lambda row: OpenDisputeOut.of(*row), id_of=lambda row: row[0].id)


@router.post("/deals/{deal_id}/dispute", status_code=202, response_model=DealNowOut, responses=WRITES)
async def dispute_deal(deal_id: IdInPath, body: DisputeIn, caller: Actor, write: Write) -> Response:
    """The buyer disputes the deal during the inspection. All money stays held until the buyer retracts the dispute or
    accepts, both parties cancel, or an operator decides: `completed`, `refunded` or `split`.
    """
    dispute = partial(disputes.dispute, reason=body.reason)
    return await answer_decision(write, caller, deal_id, body, dispute)


@router.post("/deals/{deal_id}/dispute/retraction", status_code=202, response_model=DealNowOut, responses=WRITES)
async def retract_dispute(deal_id: IdInPath, body: PartyIn, caller: Actor, write: Write) -> Response:
    """The buyer retracts the dispute and the inspection continues; if it has ended, the seller is paid."""
    retract = partial(agreements.retract, subject=Subject.DISPUTE)
    return await answer_decision(write, caller, deal_id, body, retract)
