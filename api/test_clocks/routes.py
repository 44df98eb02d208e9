"""A sandbox's time: that of a deal, withdrawal, webhook endpoint or account is moved, and what is due comes at once."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.accounts.schemas import AccountOut
from api.deals.schemas import DealNowOut, OperatorDealOut
from api.deals.views import show_deal
from api.dependencies import Caller, Requires
from api.fields import IdInPath
from api.refusals import WRITES
from api.webhooks.schemas import WebhookEndpointOut
from api.withdrawals.schemas import WithdrawalOut
from api.writes import Write
from domain.roles import Role, Scope
from edge.documents import refusing
from edge.wire import Wire
from fronts.writes import shown, written
from market.test_clocks import advance, advance_account, advance_endpoint, advance_withdrawal
from store.deals.deals import Deal

router = APIRouter(tags=["sandbox"])

Actor = Annotated[Caller, Depends(Requires(scope=Scope.DEALS, role=Role.OPERATOR))]
WalletsActor = Annotated[Caller, Depends(Requires(scope=Scope.WALLETS, role=Role.OPERATOR))]
UsersActor = Annotated[Caller, Depends(Requires(scope=Scope.USERS, role=Role.OPERATOR))]
EventsActor = Annotated[Caller, Depends(Requires(scope=Scope.EVENTS, role=Role.OPERATOR))]
MOST_S: Final = 366 * 86_400  # a year at once


class AdvanceIn(Wire):
    seconds: Annotated[int, Field(ge=1, le=MOST_S)]
    """By how much its time is moved ahead, from what it is now."""


@router.post(
    "/deals/{deal_id}/test-clock",
    summary="Advance a sandbox deal's time",
    status_code=202,
    response_model=OperatorDealOut | DealNowOut,
    responses=refusing(WRITES, {404: "unknown_deal test_clock_off", 409: "test_clock_too_far"}),
)
async def advance_clock(deal_id: IdInPath, body: AdvanceIn, caller: Actor, write: Write) -> Response:
    """Moves the time of one deal ahead, with that of its payments, refunds and dispute; `now` shows it.

    What is due by then happens at once: a deadline to answer or pay, the end of an inspection, another try of a refused
    refund. Only in a sandbox. No other deal, no bank and no code's expiry is affected, and time never goes back.
    """
    act = partial(advance, actor=caller, deal_id=deal_id, by=timedelta(seconds=body.seconds))

    async def show(session: AsyncSession, deal: Deal) -> DealNowOut:
        return await show_deal(session, deal, for_operator=caller.is_operator)

    return await write.answer(caller, body, shown(202, act, show))


@router.post(
    "/withdrawals/{withdrawal_id}/test-clock",
    summary="Advance a sandbox withdrawal's time",
    status_code=202,
    response_model=WithdrawalOut,
    responses=refusing(WRITES, {404: "unknown_withdrawal test_clock_off", 409: "test_clock_too_far"}),
)
async def advance_withdrawal_clock(
    withdrawal_id: IdInPath, body: AdvanceIn, caller: WalletsActor, write: Write
) -> Response:
    """Moves the time of one withdrawal ahead: it expires without a code, is paid for good when its bank has not
    returned it for ten days, or asks again for money of the platform. Only in a sandbox, and time never goes back.
    """
    by = timedelta(seconds=body.seconds)
    act = partial(advance_withdrawal, actor=caller, withdrawal_id=withdrawal_id, by=by)
    return await write.answer(caller, body, written(202, act, WithdrawalOut.of))


@router.post(
    "/webhook-endpoints/{endpoint_id}/test-clock",
    summary="Advance a sandbox webhook endpoint's time",
    status_code=202,
    response_model=WebhookEndpointOut,
    responses=refusing(WRITES, {404: "unknown_webhook_endpoint test_clock_off", 409: "test_clock_too_far"}),
)
async def advance_webhook_clock(endpoint_id: IdInPath, body: AdvanceIn, caller: EventsActor, write: Write) -> Response:
    """Moves the time of one endpoint ahead: failed events are tried again or given up, and a replaced secret no longer
    signs. What signs a message has the real time. Only in a sandbox, and time never goes back.
    """
    act = partial(advance_endpoint, actor=caller, endpoint_id=endpoint_id, by=timedelta(seconds=body.seconds))
    return await write.answer(caller, body, written(202, act, WebhookEndpointOut.of))


@router.post(
    "/users/{user_id}/accounts/{account_id}/test-clock",
    summary="Advance a sandbox account's time",
    response_model=AccountOut,
    responses=refusing(WRITES, {404: "unknown_user unknown_account test_clock_off"}),
)
async def advance_account_clock(
    user_id: IdInPath, account_id: IdInPath, body: AdvanceIn, caller: UsersActor, write: Write
) -> Response:
    """Payouts begin to go to a newly chosen account that much sooner; `payout_from` shows when. Only in a sandbox."""
    by = timedelta(seconds=body.seconds)
    act = partial(advance_account, actor=caller, user_id=user_id, account_id=account_id, by=by)
    return await write.answer(caller, body, written(200, act, AccountOut.of))
