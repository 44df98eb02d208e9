from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.corrections.schemas import CorrectionIn, CorrectionOut, CorrectionsOut, DecisionIn
from api.dependencies import Operator, ServicesOfApp
from api.fields import After, Empty, IdInPath, Limit
from api.refusals import LISTS, READS, WRITES
from api.writes import Write
from domain.corrections import Way
from edge.documents import refusing
from fronts.paging import PAGE_SIZE
from fronts.writes import written
from market import corrections
from store.operations.settled import settled
from store.wallets.corrections import correction_of, corrections_after

router = APIRouter(tags=["corrections"])


@router.post(
    "/corrections",
    summary="Request a correction of a wallet",
    status_code=201,
    response_model=CorrectionOut,
    responses=refusing(WRITES, {404: "unknown_wallet", 409: "wrong_currency", 422: "bad_amount unknown_currency"}),
)
async def request_correction(body: CorrectionIn, caller: Operator, write: Write) -> Response:
    """Asks for a mistake in a wallet to be put right. Nothing moves before a second operator approves."""
    act = partial(
        corrections.request,
        operator_id=caller.operator_id,
        wallet_id=body.wallet_id,
        way=Way(body.direction),
        money=body.amount.money("amount"),
        reason=body.reason,
    )
    return await write.answer(caller, body, written(201, act, CorrectionOut.of))


@router.post(
    "/corrections/{correction_id}/approval",
    summary="Decide about a correction",
    response_model=CorrectionOut,
    responses=refusing(
        WRITES,
        {
            403: "approver_key_needed own_correction",
            404: "unknown_correction",
            409: "correction_ended insufficient_funds balance_limit wallet_closed",
        },
    ),
)
async def decide_correction(correction_id: IdInPath, body: DecisionIn, caller: Operator, write: Write) -> Response:
    """A second person approves or rejects: an approver other than the one who asked.

    An approval moves the money at once, and the owner gets a mail with the reason. The wallet never falls below zero:
    without the money the approval is refused, and the correction still waits.
    """
    act = partial(corrections.decide, operator_id=caller.operator_id, correction_id=correction_id, approve=body.approve)
    return await write.answer(caller, body, written(200, act, CorrectionOut.of))


@router.post(
    "/corrections/{correction_id}/retraction",
    summary="Retract a correction",
    response_model=CorrectionOut,
    responses=refusing(WRITES, {403: "other_operator", 404: "unknown_correction", 409: "correction_ended"}),
)
async def retract_correction(correction_id: IdInPath, body: Empty, caller: Operator, write: Write) -> Response:
    """The operator who asked for it retracts it."""
    act = partial(corrections.retract, operator_id=caller.operator_id, correction_id=correction_id)
    return await write.answer(caller, body, written(200, act, CorrectionOut.of))


@router.get("/corrections", summary="List corrections", responses=LISTS)
async def list_corrections(
    caller: Operator,
    services: ServicesOfApp,
    wallet_id: UUID | None = None,
    open_only: Annotated[bool, Query(description="Only those that wait for a second person.")] = False,
    after: After = None,
    limit: Limit = PAGE_SIZE,
) -> CorrectionsOut:
    """Corrections in the order of their requests, with their reasons."""
    until = await settled(services.database)
    async with services.replica.snapshot() as session:
        found = await corrections_after(
            session, wallet_id, open_only=open_only, after=after, limit=limit + 1, until=until
        )
    return CorrectionsOut.of(found, limit, CorrectionOut.of)


@router.get(
    "/corrections/{correction_id}", summary="Get a correction", responses=refusing(READS, {404: "unknown_correction"})
)
async def get_correction(correction_id: IdInPath, caller: Operator, services: ServicesOfApp) -> CorrectionOut:
    async with services.database.transaction() as session:
        return CorrectionOut.of(await correction_of(session, correction_id))
