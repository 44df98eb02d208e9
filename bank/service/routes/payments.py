from __future__ import annotations

from fastapi import APIRouter, Response

from bank.service.access import ArrivesFirst, MarketplaceWrites
from bank.service.acts import codes, operations, payments
from bank.service.acts.code_limits import try_of_operation
from bank.service.facts import Facts, Query
from bank.service.plan import Result
from bank.service.requests.gate import Step
from bank.service.requests.writes import decided
from bank.service.rules.operations import bank_of_operation
from bank.service.schemas.common import ACCEPTED, AccountNumber, Amount, CurrencyCode, OperationKey
from bank.service.schemas.operations import CodeIn, OperationOut
from bank.service.services import ServicesOfApp
from bank.service.values import Operation
from domain.money import parse_money
from edge.codes import normalise
from edge.problem import problems
from edge.wire import Wire


class PaymentIn(CodeIn):
    """Everything that the operation was opened for is repeated, so that nothing else can be paid."""

    operation_key: OperationKey
    payer_account: AccountNumber
    payee_account: AccountNumber
    amount: Amount
    currency: CurrencyCode


class PaymentOut(Wire):
    operation_key: str
    """The debit's key: the payment is refunded by it, or by its reference."""
    debit: OperationOut
    credit: OperationOut

    @classmethod
    def of(cls, debit: Operation, credit: Operation) -> PaymentOut:
        return cls(operation_key=debit.key, debit=OperationOut.of(debit), credit=OperationOut.of(credit))


router = APIRouter(tags=["operations"], route_class=ArrivesFirst)


@router.post("/pay", response_model=PaymentOut, responses=ACCEPTED | problems(401, 403, 404, 409, 413, 422, 429, 503))
async def pay(body: PaymentIn, write: MarketplaceWrites, services: ServicesOfApp) -> Response:
    """Redeems the code, takes amount and fee from the payer and credits the payee, all or nothing.

    There is a fee when the banks differ and none within one. Every failure of the code has the same answer.
    """
    amount = parse_money(body.amount, body.currency)
    rules, typed = services.code_rules, normalise(body.code)

    def decide(facts: Facts) -> Result:
        operation = operations.awaiting_code(facts)
        payments.check_details(operation, body.payer_account, body.payee_account, amount)
        used = codes.redeem(rules, codes.of_operation(operation), facts.known_codes(), typed, body.submitted_at)
        plan = payments.pay(facts, used)
        debit, credit = plan.operations
        return Result(200, PaymentOut.of(debit, credit).model_dump(mode="json"), plan)

    step = Step("pay", bank_of_operation(body.operation_key), body.operation_key)
    query = Query(body.operation_key, payer=True, payee=True, books=True, codes=True)
    tries = try_of_operation(rules.limits, body.operation_key)
    return await services.writes.answer(write, step, body, decided(decide), query, tries=tries)
