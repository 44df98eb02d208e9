from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Caller, Requires, ServicesOfApp, only_oneself
from api.fields import IdInPath
from api.refunds.schemas import OperatorRefundOut, RefundIn, RefundOut, RefundsOut, refund_out
from api.signals import Signal
from api.writes import Written
from domain.agreements import Party
from domain.errors import Conflict, Forbidden
from domain.roles import Role, Scope
from domain.terms import Cause
from edge.idempotency import IdempotencyKey
from edge.problem import problems
from store.agreements import party_of
from store.deals import deal_of, lock_deal
from store.refunds import refund_of, refunds_of, request_refund, steps_by_refund, steps_of_refund
from store.users import user_of

router = APIRouter(tags=["refunds"])

Reader = Annotated[Caller, Depends(Requires(scope=Scope.REFUNDS, client=True, role=Role.OPERATOR))]


@router.post(
    "/deals/{deal_id}/refunds",
    status_code=202,
    response_model=OperatorRefundOut | RefundOut,
    responses=problems(401, 403, 404, 409, 413, 422, 503),
)
async def refund_deal(
    request: Request,
    deal_id: IdInPath,
    body: RefundIn,
    key: IdempotencyKey,
    caller: Reader,
    services: ServicesOfApp,
) -> Response:
    """Gives back a completed deal's money, in whole or in part, any number of times.

    It comes from the seller's balance, then from the guarantee account, to which he owes it from then on; commission
    is kept on nothing but what is kept of the price.
    """
    body.check_party()
    if caller.user_id is not None and body.user_id is None:
        raise Forbidden("other_party", "A client gives back what he got as the seller.")
    amount = None if body.amount is None else body.amount.money("amount")

    async def work(session: AsyncSession) -> Written:
        await deal_of(session, caller.marketplace_id, deal_id, party=caller.user_id)
        deal = await lock_deal(session, deal_id)
        if body.user_id is not None:
            only_oneself(caller, body.user_id, "user_id")
            user = await user_of(session, deal.marketplace_id, body.user_id, "user_id")
            if party_of(deal, user) is not Party.SELLER:
                raise Conflict("not_the_seller", "It is for the seller to give back what he got.", "user_id")
        refund = await request_refund(session, deal, amount, Cause(body.cause), body.reason, caller.name)
        steps = await steps_of_refund(session, refund.id)
        out = refund_out(deal, refund, steps, for_operator=caller.is_operator)
        return Written.of(202, out, refund, Signal(deal, refund=refund))

    return await services.writes.answer(request, caller.name, key, body, work)


@router.get("/deals/{deal_id}/refunds", responses=problems(401, 403, 404, 422, 503))
async def list_refunds(deal_id: IdInPath, caller: Reader, services: ServicesOfApp) -> RefundsOut:
    """The refunds of a deal, in the order in which they are carried out."""
    async with services.database.snapshot() as session:
        deal = await deal_of(session, caller.marketplace_id, deal_id, party=caller.user_id)
        refunds = await refunds_of(session, deal.id)
        steps = await steps_by_refund(session, refunds)
        rows = [(refund, steps[refund.id]) for refund in refunds]
    return RefundsOut(items=[refund_out(deal, *row, for_operator=caller.is_operator) for row in rows])


@router.get(
    "/refunds/{refund_id}", response_model=OperatorRefundOut | RefundOut, responses=problems(401, 403, 404, 422, 503)
)
async def read_refund(refund_id: IdInPath, caller: Reader, services: ServicesOfApp) -> RefundOut:
    async with services.database.snapshot() as session:
        refund = await refund_of(session, caller.marketplace_id, refund_id, party=caller.user_id)
        deal = await deal_of(session, None, refund.deal_id)
        steps = await steps_of_refund(session, refund.id)
    return refund_out(deal, refund, steps, for_operator=caller.is_operator)
