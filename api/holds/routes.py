from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Response

from api.dependencies import ServicesOfApp, WalletActor, WalletReader
from api.fields import After, Empty, IdInPath, Limit
from api.holds.schemas import CaptureIn, HoldIn, HoldOut, HoldsOut
from api.refusals import READS, WRITES
from api.wallets.lists import listed_in_wallet
from api.writes import Write
from edge.documents import refusing
from fronts.paging import PAGE_SIZE
from fronts.writes import written
from market import holds
from store.wallets.holds import hold_of, holds_of

router = APIRouter(tags=["holds"])


@router.post(
    "/holds",
    summary="Create a hold",
    status_code=201,
    response_model=HoldOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_wallet",
            409: "same_wallet wrong_currency insufficient_funds wallet_closed balance_limit",
            422: "bad_amount unknown_currency",
        },
    ),
)
async def create_hold(body: HoldIn, caller: WalletActor, write: Write) -> Response:
    """Holds money in the payer's wallet until it is captured for the payee, voided or expired."""
    act = partial(
        holds.hold,
        actor=caller,
        payer_wallet_id=body.from_wallet_id,
        payee_wallet_id=body.to_wallet_id,
        money=body.amount.money("amount"),
        details=body.details,
        expires_in=body.expires_in,
    )
    return await write.answer(caller, body, written(201, act, HoldOut.of))


@router.post(
    "/holds/{hold_id}/capture",
    summary="Capture a hold",
    response_model=HoldOut,
    responses=refusing(
        WRITES,
        {
            403: "other_party",
            404: "unknown_hold",
            409: "hold_ended hold_expired exceeds_hold wrong_currency wallet_closed balance_limit",
            422: "bad_amount unknown_currency",
        },
    ),
)
async def capture_hold(hold_id: IdInPath, body: CaptureIn, caller: WalletActor, write: Write) -> Response:
    """Captures the hold, or a part of it, for the payee; once."""
    money = body.amount.money("amount") if body.amount else None
    work = written(200, lambda session: holds.capture(session, caller, hold_id, money), HoldOut.of)
    return await write.answer(caller, body, work)


@router.post(
    "/holds/{hold_id}/void",
    summary="Void a hold",
    response_model=HoldOut,
    responses=refusing(WRITES, {403: "other_party", 404: "unknown_hold", 409: "hold_ended"}),
)
async def void_hold(hold_id: IdInPath, body: Empty, caller: WalletActor, write: Write) -> Response:
    """Voids the hold. Of the two clients only the payee can: the payer has promised the money."""
    work = written(200, lambda session: holds.void(session, caller, hold_id), HoldOut.of)
    return await write.answer(caller, body, work)


@router.get("/holds/{hold_id}", summary="Get a hold", responses=refusing(READS, {404: "unknown_hold"}))
async def get_hold(hold_id: IdInPath, caller: WalletReader, services: ServicesOfApp) -> HoldOut:
    async with services.database.transaction() as session:
        return HoldOut.of(await hold_of(session, caller.marketplace_id, hold_id, party=caller.user_id))


@router.get(
    "/wallets/{wallet_id}/holds", summary="List a wallet's holds", responses=refusing(READS, {404: "unknown_wallet"})
)
async def list_holds(
    wallet_id: IdInPath,
    caller: WalletReader,
    services: ServicesOfApp,
    after: After = None,
    limit: Limit = PAGE_SIZE,
) -> HoldsOut:
    """The holds in which the wallet pays or is paid, oldest first."""
    found = await listed_in_wallet(services, caller, wallet_id, holds_of, after, limit)
    return HoldsOut.of(found, limit, HoldOut.of)
