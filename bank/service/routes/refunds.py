from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import Marketplace
from bank.service.acts.refunds import refund_operations, refund_reference
from bank.service.rules.operations import bank_of_operation
from bank.service.schemas.callbacks import ACCEPTED
from bank.service.schemas.refunds import RefundIn, RefundOut, RefundsOut
from bank.service.services import ServicesOfApp
from bank.service.telling import Step
from edge.idempotency import IdempotencyKey
from edge.problem import problems

router = APIRouter(tags=["operations"])

Written = tuple[int, dict[str, object]]


@router.post(
    "/refunds",
    status_code=201,
    response_model=RefundsOut,
    responses=ACCEPTED | problems(401, 403, 404, 409, 413, 422, 429, 503),
)
async def refund(
    request: Request, body: RefundIn, key: IdempotencyKey, caller: Marketplace, services: ServicesOfApp
) -> Response:
    """Gives back what debits took, in whole or in part, all of them or none; a hold is voided.

    The payer has the money at once: from what was not paid out yet, then from the payees, then from the operator's
    guarantee account at the payee's bank.
    """
    amount = body.money()
    keys, reference = body.named()
    fee_returned = body.fee == "returned"

    async def work(session: AsyncSession) -> Written:
        if keys is None:
            refunded = await refund_reference(session, caller.name, reference, amount, fee_returned=fee_returned)
        else:
            refunded = await refund_operations(
                session, caller.name, keys, amount, fee_returned=fee_returned, credit=body.credit
            )
        return 201, RefundsOut(items=[RefundOut.of(one) for one in refunded]).model_dump(mode="json")

    # Behaviour is a bank's: the one of the first key. A reference names none.
    step = Step("refund", bank_of_operation(keys[0]) if keys else None)
    return await services.writes.answer(request, caller.name, key, step, body, work)
