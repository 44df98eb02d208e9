from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import AnyCaller, Marketplace, ServicesOfApp
from api.fields import Empty, IdInPath
from api.holds.schemas import CaptureIn, HoldIn, HoldOut
from api.writes import Written
from edge.idempotency import IdempotencyKey
from edge.problem import problems
from store.holds import capture, hold_money, hold_of, void

router = APIRouter(tags=["holds"])

_WRITES = problems(401, 403, 404, 409, 413, 422, 503)


@router.post("/holds", status_code=201, response_model=HoldOut, responses=_WRITES)
async def hold_for_payee(
    request: Request, body: HoldIn, key: IdempotencyKey, caller: Marketplace, services: ServicesOfApp
) -> Response:
    """Keeps money back in the payer's wallet until it is captured for the payee, or freed, or its time is over."""
    money = body.amount.money("amount")

    async def work(session: AsyncSession) -> Written:
        hold = await hold_money(
            session,
            caller.marketplace_id,
            body.from_wallet_id,
            body.to_wallet_id,
            money,
            details=body.details,
            expires_in=body.expires_in,
        )
        return Written.of(201, HoldOut.of(hold))

    return await services.writes.answer(request, caller.name, key, body, work)


@router.post("/holds/{hold_id}/capture", response_model=HoldOut, responses=_WRITES)
async def capture_hold(
    request: Request,
    hold_id: IdInPath,
    body: CaptureIn,
    key: IdempotencyKey,
    caller: Marketplace,
    services: ServicesOfApp,
) -> Response:
    """Gives the payee what is held, or a part of it; once."""
    money = body.amount.money("amount") if body.amount else None

    async def work(session: AsyncSession) -> Written:
        hold = await hold_of(session, caller.marketplace_id, hold_id, lock=True)
        await capture(session, hold, money)
        return Written.of(200, HoldOut.of(hold))

    return await services.writes.answer(request, caller.name, key, body, work)


@router.post("/holds/{hold_id}/void", response_model=HoldOut, responses=_WRITES)
async def void_hold(
    request: Request, hold_id: IdInPath, body: Empty, key: IdempotencyKey, caller: Marketplace, services: ServicesOfApp
) -> Response:
    """Frees what is held."""

    async def work(session: AsyncSession) -> Written:
        hold = await hold_of(session, caller.marketplace_id, hold_id, lock=True)
        await void(session, hold)
        return Written.of(200, HoldOut.of(hold))

    return await services.writes.answer(request, caller.name, key, body, work)


@router.get("/holds/{hold_id}", responses=problems(401, 404, 422, 503))
async def read_hold(hold_id: IdInPath, caller: AnyCaller, services: ServicesOfApp) -> HoldOut:
    async with services.database.transaction() as session:
        return HoldOut.of(await hold_of(session, caller.marketplace_id, hold_id))
