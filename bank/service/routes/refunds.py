from __future__ import annotations

from fastapi import APIRouter, Request, Response

from bank.service.access import AskedFirst, AskingMarketplace
from bank.service.acts.refunds import by_keys, by_reference, refund_operations, refund_reference
from bank.service.facts import Facts, Wanted
from bank.service.gate import Step
from bank.service.rules.operations import bank_of_operation
from bank.service.schemas.callbacks import ACCEPTED
from bank.service.schemas.refunds import RefundIn, RefundOut, RefundsOut
from bank.service.services import ServicesOfApp
from bank.service.settlement import Decided
from edge.idempotency import IdempotencyKey
from edge.problem import problems

router = APIRouter(tags=["operations"], route_class=AskedFirst)


@router.post(
    "/refunds",
    status_code=201,
    response_model=RefundsOut,
    responses=ACCEPTED | problems(401, 403, 404, 409, 413, 422, 429, 503),
)
async def refund(
    request: Request, body: RefundIn, key: IdempotencyKey, asking: AskingMarketplace, services: ServicesOfApp
) -> Response:
    """Gives back what debits took, in whole or in part, all of them or none; a hold is voided.

    The payer has the money at once: from what was not paid out yet, then from the payees, then from the operator's
    guarantee account at the payee's bank.
    """
    amount = body.money()
    keys, reference = body.named()
    shares, payee = body.shares(), body.payee_account
    fee_returned = body.fee == "returned"

    def decide(facts: Facts) -> Decided:
        if keys is None:
            refunded, plan = refund_reference(facts, amount, fee_returned=fee_returned, payee=payee)
        else:
            refunded, plan = refund_operations(
                facts, keys, amount, fee_returned=fee_returned, shares=shares, payee=payee
            )
        told = RefundsOut(items=[RefundOut.of(one) for one in refunded])
        return Decided(plan, 201, told.model_dump(mode="json"))

    # Behaviour is a bank's: the one of the first key. A reference names none.
    step = Step("refund", bank_of_operation(keys[0]) if keys else None)
    wanted = Wanted(
        accounts=[] if payee is None else [payee],
        refund=by_reference(reference) if keys is None else by_keys(keys, shares),
    )
    return await services.steps.answer(request, asking, key, step, body, wanted, decide)
