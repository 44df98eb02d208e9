from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.deals.schemas import DealNowOut
from api.dependencies import RequiresTenant, ServicesOfApp, Tenant
from api.extensions.schemas import ExtensionIn
from api.fields import IdInPath, PartyIn
from api.parties import decided, lock_for_party
from api.writes import Written
from domain.agreements import Subject
from domain.roles import Scope
from edge.idempotency import IdempotencyKey
from edge.problem import problems
from store.agreements import withdraw
from store.extensions import extend

router = APIRouter(tags=["deals"])

Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.DEALS, client=True))]

_WRITES = problems(401, 403, 404, 409, 413, 422, 503)


@router.post("/deals/{deal_id}/extension", status_code=202, response_model=DealNowOut, responses=_WRITES)
async def extend_deadline(
    request: Request,
    deal_id: IdInPath,
    body: ExtensionIn,
    key: IdempotencyKey,
    caller: Actor,
    services: ServicesOfApp,
) -> Response:
    """Gives an open deal more time to be paid, when both parties ask for the same deadline.

    Until then the wish stands as the deal's `extension`; another deadline replaces it.
    """

    async def work(session: AsyncSession) -> Written:
        deal, party = await lock_for_party(session, caller, deal_id, body.user_id)
        await extend(session, deal, party, body.pay_by)
        return await decided(session, deal, None)

    return await services.writes.answer(request, caller.name, key, body, work)


@router.post("/deals/{deal_id}/extension/retraction", status_code=202, response_model=DealNowOut, responses=_WRITES)
async def withdraw_extension(
    request: Request,
    deal_id: IdInPath,
    body: PartyIn,
    key: IdempotencyKey,
    caller: Actor,
    services: ServicesOfApp,
) -> Response:
    """Takes back a party's own wish for more time that the other one has not agreed to."""

    async def work(session: AsyncSession) -> Written:
        deal, party = await lock_for_party(session, caller, deal_id, body.user_id)
        await withdraw(session, deal, Subject.EXTENSION, party)
        return await decided(session, deal, None)

    return await services.writes.answer(request, caller.name, key, body, work)
