from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.deals.schemas import DealNowOut
from api.dependencies import RequiresTenant, ServicesOfApp, Tenant
from api.fields import IdInPath, PartyIn
from api.parties import decided, lock_for_party
from api.writes import Written
from domain.roles import Scope
from edge.idempotency import IdempotencyKey
from edge.problem import problems
from store.acceptances import accept

router = APIRouter(tags=["deals"])

Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.DEALS, client=True))]


@router.post(
    "/deals/{deal_id}/acceptance",
    status_code=202,
    response_model=DealNowOut,
    responses=problems(401, 403, 404, 409, 413, 422, 503),
)
async def accept_deal(
    request: Request,
    deal_id: IdInPath,
    body: PartyIn,
    key: IdempotencyKey,
    caller: Actor,
    services: ServicesOfApp,
) -> Response:
    """The buyer accepts what he paid for, and the seller is paid. Without this he is at `inspect_by`."""

    async def work(session: AsyncSession) -> Written:
        deal, party = await lock_for_party(session, caller, deal_id, body.user_id)
        return await decided(session, deal, await accept(session, deal, party))

    return await services.writes.answer(request, caller.name, key, body, work)
