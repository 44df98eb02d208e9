from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Caller, Requires, ServicesOfApp
from api.fields import IdInPath
from api.refunds.schemas import OperatorRefundOut, RefundIn, RefundOut, RefundsOut, refund_out
from api.refusals import READS, WRITES
from api.writes import Write
from domain.roles import Role, Scope
from domain.terms import Cause
from edge.documents import refusing
from fronts.writes import shown
from market import refunds
from store.deals.deals import deal_of
from store.payments.refunds import Refund, refund_of, refunds_of, steps_by_refund, steps_of_refund

router = APIRouter(tags=["refunds"])

Reader = Annotated[Caller, Depends(Requires(scope=Scope.REFUNDS, client=True, role=Role.OPERATOR))]


@router.post(
    "/deals/{deal_id}/refunds",
    summary="Create a refund",
    status_code=202,
    response_model=OperatorRefundOut | RefundOut,
    responses=refusing(
        WRITES,
        {
            403: "other_party",
            404: "unknown_deal unknown_user",
            409: "not_a_party not_the_seller nothing_released exceeds_refundable release_under_way "
            "too_many_refunds wrong_currency",
            422: "bad_amount unknown_currency",
        },
    ),
)
async def create_refund(deal_id: IdInPath, body: RefundIn, caller: Reader, write: Write) -> Response:
    """Refunds a completed or split deal, in full or in part, up to 100 times.

    The money comes from the seller's balance, then from the guarantee account, to which the seller then owes it.
    Commission is kept only on what is kept of the price.
    """
    body.check_party()
    amount = None if body.amount is None else body.amount.money("amount")
    act = partial(
        refunds.request_refund,
        actor=caller,
        deal_id=deal_id,
        seller_id=body.user_id,
        amount=amount,
        cause=Cause(body.cause),
        reason=body.reason,
        requested_by=caller.name,
    )

    async def show(session: AsyncSession, refund: Refund) -> RefundOut:
        deal = await deal_of(session, None, deal_id)
        steps = await steps_of_refund(session, refund.id)
        return refund_out(deal, refund, steps, for_operator=caller.is_operator)

    return await write.answer(caller, body, shown(202, act, show))


@router.get(
    "/deals/{deal_id}/refunds", summary="List a deal's refunds", responses=refusing(READS, {404: "unknown_deal"})
)
async def list_refunds(deal_id: IdInPath, caller: Reader, services: ServicesOfApp) -> RefundsOut:
    """The refunds of a deal, in the order in which they are carried out."""
    async with services.database.snapshot() as session:
        deal = await deal_of(session, caller.marketplace_id, deal_id, party=caller.user_id)
        found = await refunds_of(session, deal.id)
        steps = await steps_by_refund(session, found)
        rows = [(refund, steps[refund.id]) for refund in found]
    return RefundsOut(items=[refund_out(deal, *row, for_operator=caller.is_operator) for row in rows])


@router.get(
    "/refunds/{refund_id}",
    summary="Get a refund",
    response_model=OperatorRefundOut | RefundOut,
    responses=refusing(READS, {404: "unknown_refund"}),
)
async def get_refund(refund_id: IdInPath, caller: Reader, services: ServicesOfApp) -> RefundOut:
    async with services.database.snapshot() as session:
        refund = await refund_of(session, caller.marketplace_id, refund_id, party=caller.user_id)
        deal = await deal_of(session, None, refund.deal_id)
        steps = await steps_of_refund(session, refund.id)
    return refund_out(deal, refund, steps, for_operator=caller.is_operator)
