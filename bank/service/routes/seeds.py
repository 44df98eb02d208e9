from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from bank.service.access import Administrator
from bank.service.acts.seeds import plant
from bank.service.gate import Step
from bank.service.schemas.seeds import SeedIn, SeedOut
from bank.service.services import ServicesOfApp
from domain.money import parse_money
from edge.idempotency import IdempotencyKey
from edge.problem import problems

router = APIRouter(tags=["administration"])


@router.post("/seeds", status_code=201, response_model=SeedOut, responses=problems(401, 403, 409, 413, 422, 503))
async def plant_seed(
    request: Request, body: SeedIn, key: IdempotencyKey, caller: Administrator, services: ServicesOfApp
) -> Response:
    """Adds a world of banks, clients, accounts and fees, in an empty bank always the same for the same seed.

    100,000 accounts take half a minute. A caller who has gone away asks again with the same key: `request_in_progress`
    until it is done, then the answer.
    """
    opening = parse_money(body.opening_balance, body.currency, "opening_balance")

    async def work(session: AsyncSession) -> tuple[int, dict[str, object]]:
        planted = await plant(session, body.banks, body.clients, body.accounts_per_client, body.seed, opening)
        return 201, SeedOut.of(planted, opening).model_dump(mode="json")

    return await services.writes.answer(request, caller.name, key, Step("seed", None), body, work)
