"""What an administrator settles about a marketplace."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Administrator, ServicesOfApp
from api.fields import IdInPath
from api.marketplaces.schemas import ReturnOriginsIn, ReturnOriginsOut
from edge.idempotency import IdempotencyKey
from edge.problem import problems
from fronts.writes import Written
from store.checkout_links import origin_of
from store.marketplaces import put_return_origins

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
    origins = sorted({origin_of(origin, "origins") for origin in body.origins})

    async def work(session: AsyncSession) -> Written:
        marketplace = await put_return_origins(session, marketplace_id, origins)
        return Written.of(200, ReturnOriginsOut(marketplace_id=str(marketplace_id), origins=origins), marketplace)

    return await services.writes.answer(request, caller.name, key, body, work)
