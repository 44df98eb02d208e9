from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.dependencies import ServicesOfApp
from api.deposits.schemas import DepositIn, DepositOut
from api.deposits.sources import Source
from api.refusals import WRITES
from edge.documents import refusing
from edge.key_header import IdempotencyKey
from store.wallets.movements import Deposit

router = APIRouter(tags=["deposits"])


@router.post(
    "/deposits",
    summary="Report a deposit",
    status_code=201,
    response_model=DepositOut,
    responses=refusing(
        WRITES,
        {
            403: "deposit_key_needed",
            404: "unknown_wallet",
            409: "wrong_currency wallet_closed balance_limit",
            422: "bad_amount unknown_currency",
            503: "overloaded",
        },
    ),
)
async def report_deposit(
    request: Request, body: DepositIn, key: IdempotencyKey, source: Source, services: ServicesOfApp
) -> Response:
    """A payment system or a bank reports money that came from outside into a wallet."""
    money = body.amount.money("amount")
    deposit = Deposit(source.caller, key, source.name, body.wallet_id, money, body.details)
    return await services.movements.answer(request, body, deposit, lambda moved: DepositOut.of(deposit, moved))
