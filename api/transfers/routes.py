from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.dependencies import ServicesOfApp, WalletActor
from api.refusals import WRITES
from api.transfers.schemas import TransferIn, TransferOut
from edge.documents import refusing
from edge.key_header import IdempotencyKey
from store.wallets.movements import Transfer

router = APIRouter(tags=["transfers"])


@router.post(
    "/transfers",
    summary="Transfer money between wallets",
    status_code=201,
    response_model=TransferOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_wallet",
            409: "same_wallet wrong_currency insufficient_funds wallet_closed balance_limit",
            422: "bad_amount unknown_currency",
            503: "overloaded",
        },
    ),
)
async def transfer_money(
    request: Request, body: TransferIn, key: IdempotencyKey, caller: WalletActor, services: ServicesOfApp
) -> Response:
    """Moves money from one wallet to another, immediately and finally. A client sends from their own wallets."""
    transfer = Transfer(
        caller=caller.name,
        key=key,
        marketplace_id=caller.marketplace_id,
        from_wallet=body.from_wallet_id,
        to_wallet=body.to_wallet_id,
        money=body.amount.money("amount"),
        details=body.details,
        owner=caller.user_id,
    )
    return await services.movements.answer(request, body, transfer, lambda moved: TransferOut.of(transfer, moved))
