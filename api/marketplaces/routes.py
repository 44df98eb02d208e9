"""Settings of a marketplace that an administrator makes."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Response

from api.dependencies import Administrator
from api.fields import IdInPath
from api.marketplaces.schemas import ReturnOriginsIn, ReturnOriginsOut
from api.refusals import WRITES
from api.writes import Write
from edge.documents import refusing
from fronts.writes import written
from market import marketplaces

router = APIRouter(tags=["administration"])


@router.post(
    "/marketplaces/{marketplace_id}/return-origins",
    summary="Set the sites that buyers may return to",
    response_model=ReturnOriginsOut,
    responses=refusing(WRITES, {404: "unknown_marketplace", 422: "bad_return_url"}),
)
async def set_return_origins(
    marketplace_id: IdInPath, body: ReturnOriginsIn, caller: Administrator, write: Write
) -> Response:
    """Sets the sites to which a hosted checkout may send buyers back. It replaces the previous list."""
    act = partial(marketplaces.name_return_origins, marketplace_id=marketplace_id, urls=body.origins)
    return await write.answer(caller, body, written(200, act, ReturnOriginsOut.of))
