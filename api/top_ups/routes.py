from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Operator, ServicesOfApp, WalletActor, WalletReader
from api.fields import After, IdInPath, Limit
from api.refusals import READS, WRITES
from api.top_ups.schemas import FailureIn, TopUpIn, TopUpNowOut, TopUpOut, TopUpsOut
from api.wallets.lists import listed_in_wallet
from api.writes import Write
from domain.gateways import GatewayData
from edge.documents import refusing
from fronts.paging import PAGE_SIZE
from fronts.services import Services
from fronts.writes import written
from market import top_ups
from market.acts import Outcome
from store.chain.incoming_transfers import incoming_of_top_up
from store.wallets.top_ups import TopUp, top_up_of, top_ups_of

router = APIRouter(tags=["top-ups"])

SHOWN_TRANSFERS = 100


@router.post(
    "/top-ups",
    summary="Create a top-up",
    status_code=201,
    response_model=TopUpNowOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_wallet unknown_deal",
            409: "wrong_currency below_minimum above_maximum too_many_top_ups not_the_buyer deal_closed "
            "deadline_passed",
            422: "bad_pay_by unknown_gateway bad_amount unknown_currency",
            503: "gateway_unavailable",
        },
    ),
)
async def create_top_up(body: TopUpIn, caller: WalletActor, write: Write) -> Response:
    """Announces money that will come into a wallet through a gateway; `gateway_data` says how to pay it.

    What arrives is credited when it is final: any amount, at any time. With `deal_id` it pays that deal.
    """
    money, gateways = body.amount.money("amount"), write.services.gateways

    async def act(session: AsyncSession) -> Outcome[tuple[TopUp, GatewayData]]:
        gateway = gateways.of(body.gateway)
        return await top_ups.begin(session, caller, body.wallet_id, gateway, money, body.pay_by, body.deal_id)

    return await write.answer(caller, body, written(201, act, lambda made: TopUpNowOut.now(*made, ())))


@router.post(
    "/top-ups/{top_up_id}/failure",
    summary="Fail a top-up",
    response_model=TopUpOut,
    responses=refusing(WRITES, {404: "unknown_top_up", 409: "top_up_ended"}),
)
async def fail_top_up(top_up_id: IdInPath, body: FailureIn, caller: Operator, write: Write) -> Response:
    """An operator ends an open top-up, with a reason. What still arrives for it is credited."""
    act = partial(top_ups.fail, operator_id=caller.operator_id, top_up_id=top_up_id, reason=body.reason)
    return await write.answer(caller, body, written(200, act, TopUpOut.of))


@router.get("/top-ups/{top_up_id}", summary="Get a top-up", responses=refusing(READS, {404: "unknown_top_up"}))
async def get_top_up(top_up_id: IdInPath, caller: WalletReader, services: ServicesOfApp) -> TopUpNowOut:
    async with services.database.transaction() as session:
        found = await top_up_of(session, caller.marketplace_id, top_up_id, owner=caller.user_id)
        transfers = await incoming_of_top_up(session, found.id, SHOWN_TRANSFERS)
        return TopUpNowOut.now(found, await _data(session, services, found), transfers)


@router.get(
    "/wallets/{wallet_id}/top-ups",
    summary="List a wallet's top-ups",
    responses=refusing(READS, {404: "unknown_wallet"}),
)
async def list_top_ups(
    wallet_id: IdInPath, caller: WalletReader, services: ServicesOfApp, after: After = None, limit: Limit = PAGE_SIZE
) -> TopUpsOut:
    """The wallet's top-ups, oldest first."""
    found = await listed_in_wallet(services, caller, wallet_id, top_ups_of, after, limit)
    return TopUpsOut.of(found, limit, TopUpOut.of)


async def _data(session: AsyncSession, services: Services, top_up: TopUp) -> GatewayData | None:
    gateway = services.gateways.get(top_up.gateway)
    return None if gateway is None else await gateway.data(session, top_up)
