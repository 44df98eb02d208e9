"""What an administrator settles about a marketplace."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request, Response

from api.dependencies import Administrator, ServicesOfApp
from api.fields import IdInPath
from api.marketplaces.schemas import ReturnOriginsIn, ReturnOriginsOut
from edge.idempotency import IdempotencyKey
from edge.problem import problems
from fronts.writes import written
from market import marketplaces

router = APIRouter(tags=["administration"])


@router.post(
    "/marketplaces/{marketplace_id}/return-origins",
    response_model=ReturnOriginsOut,
    responses=problems(401, 403, 404, 409, 413, 422, 503),
)
async def name_return_origins(
    request: Request,
    marketplace_id: IdInPath,
    body: ReturnOriginsIn,
    key: IdempotencyKey,
    caller: Administrator,
    services: ServicesOfApp,
) -> Response:
    """Names the sites to which a hosted checkout may send buyers back: all of them; the list before is gone."""
    act = partial(marketplaces.name_return_origins, marketplace_id=marketplace_id, urls=body.origins)
    return await services.writes.answer(request, caller.name, key, body, written(200, act, ReturnOriginsOut.of))
