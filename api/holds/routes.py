from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import ServicesOfApp, Tenant, WalletActor, WalletReader
from api.fields import PAGE_SIZE, After, Empty, IdInPath, Limit, page
from api.holds.schemas import CaptureIn, HoldIn, HoldOut, HoldsOut
from api.writes import Written
from edge.idempotency import IdempotencyKey
from edge.problem import problems
from market.actor import only_party
from store.holds import Hold, capture, hold_money, hold_of, holds_of, payee_of, void
from store.settled import settled
from store.wallets import wallet_of

router = APIRouter(tags=["holds"])

_WRITES = problems(401, 403, 404, 409, 413, 422, 503)


@router.post("/holds", status_code=201, response_model=HoldOut, responses=_WRITES)
async def hold_for_payee(
    request: Request, body: HoldIn, key: IdempotencyKey, caller: WalletActor, services: ServicesOfApp
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
            owner=caller.user_id,
        )
        return Written.of(201, HoldOut.of(hold), hold)

    return await services.writes.answer(request, caller.name, key, body, work)


@router.post("/holds/{hold_id}/capture", response_model=HoldOut, responses=_WRITES)
async def capture_hold(
    request: Request,
    hold_id: IdInPath,
    body: CaptureIn,
    key: IdempotencyKey,
    caller: WalletActor,
    services: ServicesOfApp,
) -> Response:
    """Gives the payee what is held, or a part of it; once."""
    money = body.amount.money("amount") if body.amount else None

    async def work(session: AsyncSession) -> Written:
        hold = await _lock_for_payee(session, caller, hold_id)
        await capture(session, hold, money)
        return Written.of(200, HoldOut.of(hold), hold)

    return await services.writes.answer(request, caller.name, key, body, work)


@router.post("/holds/{hold_id}/void", response_model=HoldOut, responses=_WRITES)
async def void_hold(
    request: Request,
    hold_id: IdInPath,
    body: Empty,
    key: IdempotencyKey,
    caller: WalletActor,
    services: ServicesOfApp,
) -> Response:
    """Frees what is held. The payer gave his word: of the two clients only the payee gives it back."""

    async def work(session: AsyncSession) -> Written:
        hold = await _lock_for_payee(session, caller, hold_id)
        await void(session, hold)
        return Written.of(200, HoldOut.of(hold), hold)

    return await services.writes.answer(request, caller.name, key, body, work)


@router.get("/holds/{hold_id}", responses=problems(401, 403, 404, 422, 503))
async def read_hold(hold_id: IdInPath, caller: WalletReader, services: ServicesOfApp) -> HoldOut:
    async with services.database.transaction() as session:
        return HoldOut.of(await hold_of(session, caller.marketplace_id, hold_id, party=caller.user_id))


@router.get("/wallets/{wallet_id}/holds", responses=problems(401, 403, 404, 422, 503))
async def list_holds(
    wallet_id: IdInPath,
    caller: WalletReader,
    services: ServicesOfApp,
    after: After = None,
    limit: Limit = PAGE_SIZE,
) -> HoldsOut:
    """The holds in which the wallet pays or is paid, oldest first."""
    until = await settled(services.database)
    async with services.database.transaction() as session:
        wallet = await wallet_of(session, caller.marketplace_id, wallet_id, owner=caller.user_id)
        found = await holds_of(session, wallet.id, after, limit + 1, until=until)
    shown, last = page(found, limit)
    return HoldsOut(items=[HoldOut.of(hold) for hold in shown], next=None if last is None else str(last.id))


async def _lock_for_payee(session: AsyncSession, caller: Tenant, hold_id: UUID) -> Hold:
    """The hold, locked, for the marketplace or for the client who is to have the money."""
    hold = await hold_of(session, caller.marketplace_id, hold_id, party=caller.user_id, lock=True)
    only_party(caller, await payee_of(session, hold))
    return hold
