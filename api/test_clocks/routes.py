"""A sandbox's time: that of a deal is moved ahead, so that its deadlines come at once."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from api.deals.schemas import DealNowOut, OperatorDealOut
from api.deals.views import show_deal
from api.dependencies import Caller, Requires
from api.fields import IdInPath
from api.refusals import WRITES
from api.writes import Write
from domain.roles import Role, Scope
from edge.documents import refusing
from edge.wire import Wire
from fronts.writes import shown
from market.test_clocks import advance
from store.deals.deals import Deal

router = APIRouter(tags=["sandbox"])

Actor = Annotated[Caller, Depends(Requires(scope=Scope.DEALS, role=Role.OPERATOR))]
MOST_S: Final = 366 * 86_400  # a year at once


class AdvanceIn(Wire):
    seconds: Annotated[int, Field(ge=1, le=MOST_S)]
    """By how much the deal's time is moved ahead, from what it is now."""


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
