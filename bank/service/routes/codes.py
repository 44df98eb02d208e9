from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import Marketplace
from bank.service.acts import codes, operations
from bank.service.routes.operations import KeyInPath, Written
from bank.service.rules.operations import bank_of_operation
from bank.service.schemas.callbacks import ACCEPTED
from bank.service.schemas.codes import CodeOut
from bank.service.schemas.operations import Empty
from bank.service.services import ServicesOfApp
from bank.service.writes import Step
from edge.idempotency import IdempotencyKey
from edge.problem import problems

router = APIRouter(tags=["codes"])


@router.post(
    "/operations/{operation_key}/codes",
    status_code=201,
    response_model=CodeOut,
    responses=ACCEPTED | problems(401, 403, 404, 409, 413, 422, 429, 503),
)
async def request_code(
    request: Request,
    operation_key: KeyInPath,
    body: Empty,
    key: IdempotencyKey,
    caller: Marketplace,
    services: ServicesOfApp,
) -> Response:
    """Mails a code to the owner of the payer's account, naming amount, fee and payee. Kills the code before it."""
    made: list[int] = []

    async def work(session: AsyncSession) -> Written:
        operation = await operations.lock_operation(session, caller.name, operation_key)
        code = await codes.send_code(session, services.code_rules, operation)
        made[:] = [code.id]
        return 201, CodeOut.of(code).model_dump(mode="json")

    async def mail() -> None:
        await services.delivery.deliver(made[0], services.settings.mail_wait_s)

    step = Step("code", bank_of_operation(operation_key))
    return await services.writes.answer(request, caller.name, key, step, body, work, after=mail)
