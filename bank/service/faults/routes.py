from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from bank.service.access import Administrator
from bank.service.faults import behaviours
from bank.service.faults.schemas import BehaviourBody, BehaviourOut
from bank.service.schemas.common import BankId
from bank.service.services import ServicesOfApp
from domain.errors import NotFound
from edge.problem import problems

BankInPath = Annotated[BankId, Path()]


async def _switched_on(caller: Administrator, services: ServicesOfApp) -> None:
    if not services.settings.faults:
        raise NotFound("faults_off", "The banks of this program do not misbehave on demand.")


router = APIRouter(prefix="/banks/{bank_id}/behaviour", tags=["banks"], dependencies=[Depends(_switched_on)])


@router.put("", responses=problems(401, 403, 404, 413, 422, 503), tags=["administration"])
async def set_behaviour(
    bank_id: BankInPath, body: BehaviourBody, caller: Administrator, services: ServicesOfApp
) -> BehaviourBody:
    """Sets how a bank misbehaves, from the next request on. 404 where faults are off."""
    slow_ms = round(body.slow_s * 1000)
    async with services.database.transaction() as session:
        rules = [rule.model_dump(mode="json") for rule in body.rules]
        await behaviours.set_behaviour(session, bank_id, slow_ms, body.lose_replies, body.steps, body.seed, rules)
    return body


@router.get("", responses=problems(401, 403, 404, 422, 503), tags=["administration"])
async def read_behaviour(bank_id: BankInPath, caller: Administrator, services: ServicesOfApp) -> BehaviourOut:
    """The remaining faults: `lose_replies` answers are still to be lost, a rule still applies `times` times."""
    async with services.database.transaction() as session:
        return BehaviourOut.of(await behaviours.behaviour(session, bank_id))
