from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.cancellations.schemas import CancellationIn
from api.deals.schemas import DealNowOut
from api.dependencies import RequiresTenant, ServicesOfApp, Tenant
from api.fields import IdInPath, PartyIn
from api.parties import decided, lock_for_party
from api.writes import Written
from domain.agreements import Subject
from domain.roles import Scope
from edge.idempotency import IdempotencyKey
from edge.problem import problems
from store.agreements import withdraw
from store.cancellations import cancel

router = APIRouter(tags=["deals"])

Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.DEALS, client=True))]

_WRITES = problems(401, 403, 404, 409, 413, 422, 503)


@router.post("/deals/{deal_id}/cancellation", status_code=202, response_model=DealNowOut, responses=_WRITES)
async def cancel_deal(
    request: Request,
    deal_id: IdInPath,
    body: CancellationIn,
    key: IdempotencyKey,
    caller: Actor,
    services: ServicesOfApp,
) -> Response:
    """Cancels a deal: by the buyer alone before the first money, after it when the other party wants it too.

    All that was taken goes back. Until both have asked, the first wish stands as the deal's `cancellation`.
    """

    async def work(session: AsyncSession) -> Written:
        deal, party = await lock_for_party(session, caller, deal_id, body.user_id)
        return await decided(session, deal, await cancel(session, deal, party, body.reason))

    return await services.writes.answer(request, caller.name, key, body, work)


@router.post("/deals/{deal_id}/cancellation/retraction", status_code=202, response_model=DealNowOut, responses=_WRITES)
async def withdraw_cancellation(
    request: Request,
    deal_id: IdInPath,
    body: PartyIn,
    key: IdempotencyKey,
    caller: Actor,
    services: ServicesOfApp,
) -> Response:
    """Takes back a party's own wish to cancel that the other one has not agreed to."""

    async def work(session: AsyncSession) -> Written:
        deal, party = await lock_for_party(session, caller, deal_id, body.user_id)
        await withdraw(session, deal, Subject.CANCELLATION, party)
        return await decided(session, deal, None)

    return await services.writes.answer(request, caller.name, key, body, work)
