from __future__ import annotations

from fastapi import APIRouter, Response

from bank.service.access import ArrivesFirst, MarketplaceWrites
from bank.service.acts import codes
from bank.service.facts import Facts, Query
from bank.service.plan import Plan, Result
from bank.service.requests.gate import Step
from bank.service.requests.writes import decided
from bank.service.routes.operations import KeyInPath
from bank.service.rules.operations import bank_of_operation
from bank.service.schemas.common import ACCEPTED, Moment
from bank.service.schemas.operations import Empty
from bank.service.services import ServicesOfApp
from edge.problem import problems
from edge.wire import Wire, utc


class CodeOut(Wire):
    number: int
    expires_at: Moment

    @classmethod
    def result(cls, plan: Plan) -> Result:
        """The answer when `plan` makes a code: everything except the code."""
        code = plan.new_code
        assert code is not None, "the plan makes a code"
        return Result(201, cls(number=code.number, expires_at=utc(code.expires_at)).model_dump(mode="json"), plan)


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
    """Mails a code to the owner of the payer's account, naming amount, fee and payee. It replaces the previous code."""
    rules, wait_s = services.code_rules, services.settings.mail_wait_s

    def decide(facts: Facts) -> Result:
        return CodeOut.result(codes.send_code(facts, rules))

    async def mail(result: Result) -> None:
        await services.delivery.deliver(result.plan.new_code, wait_s)

    step = Step("code", bank_of_operation(operation_key), operation_key)
    query = Query(operation_key, payer=True, codes=True, issues=True, turn=rules.sent)
    return await services.writes.answer(write, step, body, decided(decide), query, after=mail)
