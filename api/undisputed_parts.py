"""Undisputed parts: during a dispute the buyer has a part paid to the seller, and sees before what it means."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.agreements import Actor
from api.dependencies import Caller, Requires, ServicesOfApp
from api.disputes.answers import answer_dispute
from api.disputes.divisions import OperatorUndisputedPartOut, UndisputedPartOut, undisputed_part_out
from api.disputes.schemas import DisputeOut, UndisputedPartIn
from api.fields import IdInPath
from api.refusals import WRITES
from api.writes import Write
from domain.money import parse_money
from domain.roles import Role, Scope
from edge.documents import refusing
from edge.problem import problems
from market import disputes
from market.divisions import release
from store.deals.deals import deal_of
from store.deals.disputes import dispute_now

router = APIRouter(tags=["disputes"])

Reader = Annotated[Caller, Depends(Requires(scope=Scope.DEALS, client=True, role=Role.OPERATOR))]


@router.get(
    "/deals/{deal_id}/dispute/undisputed-part",
    summary="Preview an undisputed part",
    response_model=OperatorUndisputedPartOut | UndisputedPartOut,
    responses=refusing(
        problems(401, 403, 404, 409, 422, 503),
        {
            404: "unknown_deal",
            409: "no_dispute dispute_ended part_released nothing_disputed",
            422: "bad_amount",
        },
    ),
)
async def preview_undisputed_part(
    deal_id: IdInPath,
    caller: Reader,
    services: ServicesOfApp,
    amount: Annotated[str, Query(max_length=32, description="Of the price, in the deal's currency.")],
) -> UndisputedPartOut:
    """What it would move if the buyer released this part, and the banks' fees that are no longer free after it."""
    async with services.database.snapshot() as session:
        deal = await deal_of(session, caller.marketplace_id, deal_id, party=caller.user_id)
        await dispute_now(session, deal.id)
        found = await release(session, deal, parse_money(amount, deal.currency))
        return undisputed_part_out(found, for_operator=caller.is_operator)


@router.post(
    "/deals/{deal_id}/dispute/undisputed-part",
    summary="Release an undisputed part",
    status_code=202,
    response_model=DisputeOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_deal unknown_user",
            409: "not_a_party no_dispute dispute_ended not_the_buyer part_released nothing_disputed wrong_currency",
            422: "bad_amount unknown_currency",
        },
    ),
)
async def release_undisputed_part(deal_id: IdInPath, body: UndisputedPartIn, caller: Actor, write: Write) -> Response:
    """The buyer releases to the seller a part that they do not dispute. The dispute continues about the rest.

    Once per deal. The payers' banks then take their fees; what goes back later goes back as a refund, by the deal's
    terms.
    """
    decision = partial(disputes.release_undisputed, amount=body.amount.money("amount"), said=body.text)
    return await answer_dispute(write, caller, deal_id, body, decision)
