from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import Marketplace
from bank.service.acts import codes, operations, payments
from bank.service.routes.operations import Written
from bank.service.rules.operations import bank_of_operation
from bank.service.schemas.callbacks import ACCEPTED
from bank.service.schemas.payments import PaymentIn, PaymentOut
from bank.service.services import ServicesOfApp
from bank.service.writes import Step
from domain.money import parse_money
from edge.codes import normalise
from edge.idempotency import IdempotencyKey
from edge.problem import problems

router = APIRouter(tags=["operations"])


@router.post("/pay", response_model=PaymentOut, responses=ACCEPTED | problems(401, 403, 404, 409, 413, 422, 429, 503))
async def pay(
    request: Request, body: PaymentIn, key: IdempotencyKey, caller: Marketplace, services: ServicesOfApp
) -> Response:
    """Redeems the code, takes amount and fee from the payer and credits the payee, all or nothing.

    There is a fee when the banks differ and none within one. Every failure of the code has the same answer.
    """
    amount = parse_money(body.amount, body.currency)
    typed = normalise(body.code)

    async def count(session: AsyncSession, digest: bytes) -> None:
        awaiting = codes.operation_awaiting(caller.name, body.operation_key)
        await codes.count_try(session, services.code_rules, caller.name, key, digest, awaiting)

    async def work(session: AsyncSession) -> Written:
        operation = await operations.lock_for_debit(session, caller.name, body.operation_key)
        payments.check_details(operation, body.payer_account, body.payee_account, amount)
        subject = codes.of_operation(operation)
        await codes.redeem(
            session, services.code_rules, caller.name, key, subject, typed=typed, submitted_at=body.submitted_at
        )
        debit, credit = await payments.pay(session, operation)
        return 200, PaymentOut.of(debit, credit).model_dump(mode="json")

    step = Step("pay", bank_of_operation(body.operation_key))
    return await services.writes.answer(request, caller.name, key, step, body, work, before=count)
