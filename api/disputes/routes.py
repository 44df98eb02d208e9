from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.deals.schemas import DealNowOut
from api.dependencies import Operator, RequiresTenant, ServicesOfApp, Tenant
from api.disputes.schemas import DisputeIn, OpenDisputeOut, OpenDisputesOut
from api.fields import PAGE_SIZE, After, IdInPath, Limit, PartyIn, page
from api.parties import decided, lock_for_party
from api.writes import Written
from domain.roles import Scope
from edge.idempotency import IdempotencyKey
from edge.problem import problems
from store.disputes import dispute, open_disputes, withdraw_dispute

router = APIRouter(tags=["deals"])

Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.DEALS, client=True))]

_WRITES = problems(401, 403, 404, 409, 413, 422, 503)


@router.get("/disputes", responses=problems(401, 403, 422, 503), tags=["operators"])
async def list_disputes(
    caller: Operator, services: ServicesOfApp, after: After = None, limit: Limit = PAGE_SIZE
) -> OpenDisputesOut:
    """Disputes that wait for a decision, the oldest first; an operator decides by an override of the deal."""
    async with services.database.transaction() as session:
        found = await open_disputes(session, after, limit + 1)
    shown, last = page(found, limit)
    items = [OpenDisputeOut.of(dispute, deal) for dispute, deal in shown]
    return OpenDisputesOut(items=items, next=None if last is None else str(last[0].id))


@router.post("/deals/{deal_id}/dispute", status_code=202, response_model=DealNowOut, responses=_WRITES)
async def dispute_deal(
    request: Request,
    deal_id: IdInPath,
    body: DisputeIn,
    key: IdempotencyKey,
    caller: Actor,
    services: ServicesOfApp,
) -> Response:
    """The buyer objects to what he inspects. All stays held until he takes it back or accepts, both parties cancel, or
    an operator decides: `completed`, `refunded` or `split`.
    """

    async def work(session: AsyncSession) -> Written:
        deal, party = await lock_for_party(session, caller, deal_id, body.user_id)
        return await decided(session, deal, await dispute(session, deal, party, body.reason))

    return await services.writes.answer(request, caller.name, key, body, work)


@router.post("/deals/{deal_id}/dispute/retraction", status_code=202, response_model=DealNowOut, responses=_WRITES)
async def withdraw(
    request: Request,
    deal_id: IdInPath,
    body: PartyIn,
    key: IdempotencyKey,
    caller: Actor,
    services: ServicesOfApp,
) -> Response:
    """The buyer takes his dispute back and inspects on; when that time is over, the seller is paid."""

    async def work(session: AsyncSession) -> Written:
        deal, party = await lock_for_party(session, caller, deal_id, body.user_id)
        return await decided(session, deal, await withdraw_dispute(session, deal, party))

    return await services.writes.answer(request, caller.name, key, body, work)
