from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import Administrator, AdministratorWrites, ArrivesFirst
from bank.service.facts import Facts
from bank.service.faults import behaviours
from bank.service.faults.opening import open_test_accounts
from bank.service.faults.schemas import BehaviourBody, BehaviourOut, TestAccountsIn, TestAccountsOut
from bank.service.plan import Result
from bank.service.requests.gate import Step
from bank.service.requests.writes import worked
from bank.service.schemas.common import BankId
from bank.service.services import Services, ServicesOfApp
from domain.errors import NotFound
from edge.problem import problems

BankInPath = Annotated[BankId, Path()]


def _switched_on(services: Services) -> None:
    if not services.settings.faults:
        raise NotFound("faults_off", "The banks of this program do not misbehave on demand.")


async def _faults_on(caller: Administrator, services: ServicesOfApp) -> None:
    _switched_on(services)


router = APIRouter(tags=["banks"])
behaviour = APIRouter(prefix="/banks/{bank_id}/behaviour", dependencies=[Depends(_faults_on)])
test_accounts = APIRouter(route_class=ArrivesFirst)


@behaviour.put("", responses=problems(401, 403, 404, 413, 422, 503), tags=["administration"])
async def set_behaviour(
    bank_id: BankInPath, body: BehaviourBody, caller: Administrator, services: ServicesOfApp
) -> BehaviourBody:
    """Sets how a bank misbehaves, from the next request on. 404 where faults are off."""
    slow_ms = round(body.slow_s * 1000)
    async with services.database.transaction() as session:
        rules = [rule.model_dump(mode="json") for rule in body.rules]
        await behaviours.set_behaviour(session, bank_id, slow_ms, body.lose_replies, body.steps, body.seed, rules)
    return body


@behaviour.get("", responses=problems(401, 403, 404, 422, 503), tags=["administration"])
async def read_behaviour(bank_id: BankInPath, caller: Administrator, services: ServicesOfApp) -> BehaviourOut:
    """The remaining faults: `lose_replies` answers are still to be lost, a rule still applies `times` times."""
    async with services.database.transaction() as session:
        return BehaviourOut.of(await behaviours.behaviour(session, bank_id))


@test_accounts.post(
    "/test-accounts",
    status_code=201,
    response_model=TestAccountsOut,
    responses=problems(401, 403, 404, 409, 413, 422, 503),
    tags=["administration"],
)
async def open_accounts(body: TestAccountsIn, write: AdministratorWrites, services: ServicesOfApp) -> Response:
    """Opens the test accounts at every bank that has none yet: each meets its own fault. 404 where faults are off."""

    async def work(session: AsyncSession, facts: Facts) -> Result:
        _switched_on(services)
        numbers = await open_test_accounts(session, body.email)
        return Result(201, TestAccountsOut.of(numbers).model_dump(mode="json"))

    return await services.writes.answer(write, Step("test_accounts", None), body, worked(work))


router.include_router(behaviour)
router.include_router(test_accounts)
