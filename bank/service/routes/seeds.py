from __future__ import annotations

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import AdministratorWrites, ArrivesFirst
from bank.service.acts.seeds import plant
from bank.service.facts import Facts
from bank.service.plan import Result
from bank.service.requests.gate import Step
from bank.service.requests.writes import worked
from bank.service.schemas.seeds import SeedIn, SeedOut
from bank.service.services import ServicesOfApp
from domain.money import parse_money
from edge.problem import problems

router = APIRouter(tags=["administration"], route_class=ArrivesFirst)


@router.post("/seeds", status_code=201, response_model=SeedOut, responses=problems(401, 403, 409, 413, 422, 503))
async def plant_seed(body: SeedIn, write: AdministratorWrites, services: ServicesOfApp) -> Response:
    """Adds a world of banks, clients, accounts and fees, in an empty bank always the same for the same seed.

    100,000 accounts take half a minute. A disconnected caller repeats the request under the same key:
    `request_in_progress` until it is done, then the answer.
    """
    opening = parse_money(body.opening_balance, body.currency, "opening_balance")

    async def work(session: AsyncSession, facts: Facts) -> Result:
        planted = await plant(
            session,
            body.banks,
            body.clients,
            body.accounts_per_client,
            body.seed,
            opening,
            first_id=services.settings.first_bank_id,
        )
        return Result(201, SeedOut.of(planted, opening).model_dump(mode="json"))

    return await services.writes.answer(write, Step("seed", None), body, worked(work))
