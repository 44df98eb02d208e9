from __future__ import annotations

from fastapi import APIRouter, Response

from bank.service.access import ArrivesFirst, MarketplaceWrites
from bank.service.acts import codes
from bank.service.facts import Facts, Query
from bank.service.plan import Result
from bank.service.requests.gate import Step
from bank.service.requests.writes import decided
from bank.service.routes.operations import KeyInPath
from bank.service.rules.operations import bank_of_operation
from bank.service.schemas.callbacks import ACCEPTED
from bank.service.schemas.codes import CodeOut
from bank.service.schemas.operations import Empty
from bank.service.services import ServicesOfApp
from edge.problem import problems

router = APIRouter(tags=["codes"], route_class=ArrivesFirst)


@router.post(
    "/operations/{operation_key}/codes",
    status_code=201,
    response_model=CodeOut,
    responses=ACCEPTED | problems(401, 403, 404, 409, 413, 422, 429, 503),
)
async def request_code(
    operation_key: KeyInPath, body: Empty, write: MarketplaceWrites, services: ServicesOfApp
) -> Response:
    """Mails a code to the owner of the payer's account, naming amount, fee and payee. Kills the code before it."""
    rules, wait_s = services.code_rules, services.settings.mail_wait_s

    def decide(facts: Facts) -> Result:
        return CodeOut.result(codes.send_code(facts, rules))

    async def mail(result: Result) -> None:
        await services.delivery.deliver(result.plan.new_code, wait_s)

    step = Step("code", bank_of_operation(operation_key))
    query = Query(operation_key, payer=True, codes=True, issues=True, turn=rules.sent)
    return await services.writes.answer(write, step, body, decided(decide), query, after=mail)
