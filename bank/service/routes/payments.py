from __future__ import annotations

from fastapi import APIRouter, Request, Response

from bank.service.access import AskedFirst, AskingMarketplace
from bank.service.acts import codes, operations, payments
from bank.service.facts import Facts, Wanted
from bank.service.gate import Step
from bank.service.rules.operations import bank_of_operation
from bank.service.schemas.callbacks import ACCEPTED
from bank.service.schemas.payments import PaymentIn, PaymentOut
from bank.service.services import ServicesOfApp
from bank.service.settlement import Decided
from domain.money import parse_money
from edge.codes import normalise
from edge.idempotency import IdempotencyKey
from edge.problem import problems

router = APIRouter(tags=["operations"], route_class=AskedFirst)


@router.post("/pay", response_model=PaymentOut, responses=ACCEPTED | problems(401, 403, 404, 409, 413, 422, 429, 503))
async def pay(
    request: Request, body: PaymentIn, key: IdempotencyKey, asking: AskingMarketplace, services: ServicesOfApp
) -> Response:
    """Redeems the code, takes amount and fee from the payer and credits the payee, all or nothing.

    There is a fee when the banks differ and none within one. Every failure of the code has the same answer.
    """
    amount = parse_money(body.amount, body.currency)
    rules, typed = services.code_rules, normalise(body.code)

    def decide(facts: Facts) -> Decided:
        operation = operations.awaiting_code(facts)
        payments.check_details(operation, body.payer_account, body.payee_account, amount)
        plan = payments.pay(facts, codes.redeemed(facts, rules, typed, body.submitted_at))
        assert plan.operation is not None and plan.made is not None, "a payment is a debit and a credit"
        return Decided(plan, 200, PaymentOut.of(plan.operation, plan.made).model_dump(mode="json"))

    step = Step("pay", bank_of_operation(body.operation_key))
    wanted = Wanted(body.operation_key, parties=True, limits=rules.limits)
    return await services.steps.answer(request, asking, key, step, body, wanted, decide)
