from __future__ import annotations

from fastapi import APIRouter, Request, Response

from bank.service.access import AskedFirst, AskingMarketplace
from bank.service.acts import codes
from bank.service.facts import Facts, Wanted
from bank.service.gate import Step
from bank.service.routes.operations import KeyInPath
from bank.service.rules.operations import bank_of_operation
from bank.service.schemas.callbacks import ACCEPTED
from bank.service.schemas.codes import CodeOut
from bank.service.schemas.operations import Empty
from bank.service.services import ServicesOfApp
from bank.service.settlement import Decided
from edge.idempotency import IdempotencyKey
from edge.problem import problems

router = APIRouter(tags=["codes"], route_class=AskedFirst)


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
    asking: AskingMarketplace,
    services: ServicesOfApp,
) -> Response:
    """Mails a code to the owner of the payer's account, naming amount, fee and payee. Kills the code before it."""
    made: list[int] = []

    def decide(facts: Facts) -> Decided:
        plan = codes.send_code(facts, services.code_rules)
        assert plan.new_code is not None, "it was just made"
        made[:] = [plan.new_code.id]
        return Decided(plan, 201, CodeOut.of(plan.new_code).model_dump(mode="json"))

    async def mail() -> None:
        await services.delivery.deliver(made[0], services.settings.mail_wait_s)

    step = Step("code", bank_of_operation(operation_key))
    wanted = Wanted(operation_key, code=True, turn=services.code_rules.sent.as_json())
    return await services.steps.answer(request, asking, key, step, body, wanted, decide, after=mail)
