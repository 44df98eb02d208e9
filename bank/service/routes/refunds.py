from __future__ import annotations

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import ArrivesFirst, MarketplaceWrites
from bank.service.acts.debts import debt_account
from bank.service.acts.refunds import by_keys, by_reference, refund_operations, refund_reference
from bank.service.facts import Facts, Query
from bank.service.plan import Result
from bank.service.requests.gate import Step
from bank.service.rules.operations import bank_of_operation
from bank.service.schemas.common import ACCEPTED
from bank.service.schemas.refunds import RefundIn, RefundOut, RefundsOut
from bank.service.services import ServicesOfApp
from edge.problem import problems

router = APIRouter(tags=["operations"], route_class=ArrivesFirst)


@router.post(
    "/refunds",
    status_code=201,
    response_model=RefundsOut,
    responses=ACCEPTED | problems(401, 403, 404, 409, 413, 422, 429, 503),
)
async def refund(body: RefundIn, write: MarketplaceWrites, services: ServicesOfApp) -> Response:
    """Refunds what debits took, in full or in part, all of them or none; a hold is voided.

    The payer gets the money at once: from what was not paid out yet, then from the payees, then from the platform's
    guarantee account at the payee's bank.
    """
    amount = body.money()
    keys, reference = body.named()
    shares, payee = body.shares(), body.payee_account
    fee_returned = body.fee == "returned"

    async def act(session: AsyncSession, facts: Facts) -> Result:
        if keys is None:
            refunds = refund_reference(facts, amount, fee_returned=fee_returned, payee=payee)
        else:
            refunds = refund_operations(facts, keys, amount, fee_returned=fee_returned, shares=shares, payee=payee)
        debts = {debtor.number: await debt_account(session, debtor) for debtor in refunds.debtors}
        shown = RefundsOut(items=[RefundOut.of(one) for one in refunds.items])
        return Result(201, shown.model_dump(mode="json"), refunds.plan(debts))

    # Fault rules are those of the first key. A reference names none.
    step = Step("refund", bank_of_operation(keys[0]), keys[0]) if keys else Step("refund", None)
    query = Query(
        accounts=[] if payee is None else [payee],
        guarantees=True,
        books=True,
        refund=by_reference(reference) if keys is None else by_keys(keys, shares),
    )
    return await services.writes.answer(write, step, body, act, query)
