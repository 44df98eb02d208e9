from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api.dependencies import Operator, ServicesOfApp
from api.fields import After, Empty, IdInPath, Limit
from api.incoming_transfers.schemas import (
    AssignIn,
    DecisionIn,
    IncomingTransferOut,
    IncomingTransfersOut,
    ReasonIn,
    ResolutionOut,
    ResolutionsOut,
)
from api.refusals import LISTS, READS, WRITES
from api.writes import Write
from domain.incoming_transfers import IncomingState
from edge.documents import refusing
from fronts.paging import PAGE_SIZE
from fronts.writes import written
from market import resolutions
from store.chain.incoming_transfers import incoming_after, incoming_of
from store.operations.settled import settled
from store.wallets.resolutions import resolution_of, resolutions_after

router = APIRouter(tags=["incoming transfers"])


@router.get("/incoming-transfers", summary="List incoming transfers", responses=LISTS)
async def list_incoming_transfers(
    caller: Operator,
    services: ServicesOfApp,
    state: Annotated[
        Literal["unmatched", "held_back"] | None,
        Query(description="Only those that wait in suspense, or for the word of a second provider."),
    ] = None,
    after: After = None,
    limit: Limit = PAGE_SIZE,
) -> IncomingTransfersOut:
    """What came in by gateways, in the order in which it was recorded."""
    until = await settled(services.database)
    only = None if state is None else IncomingState(state)
    async with services.replica.snapshot() as session:
        found = await incoming_after(session, only, after=after, limit=limit + 1, until=until)
    return IncomingTransfersOut.of(found, limit, IncomingTransferOut.of)


@router.get(
    "/incoming-transfers/{incoming_id}",
    summary="Get an incoming transfer",
    responses=refusing(READS, {404: "unknown_incoming_transfer"}),
)
async def get_incoming_transfer(
    incoming_id: IdInPath, caller: Operator, services: ServicesOfApp
) -> IncomingTransferOut:
    async with services.database.transaction() as session:
        return IncomingTransferOut.of(await incoming_of(session, incoming_id))


@router.post(
    "/incoming-transfers/{incoming_id}/assign",
    summary="Assign an incoming transfer",
    status_code=201,
    response_model=ResolutionOut,
    responses=refusing(
        WRITES,
        {
            404: "unknown_incoming_transfer unknown_wallet unknown_top_up",
            409: "not_unmatched resolution_open wrong_currency",
        },
    ),
)
async def assign_incoming_transfer(incoming_id: IdInPath, body: AssignIn, caller: Operator, write: Write) -> Response:
    """Asks for a transfer in suspense to go to a wallet or top-up. Nothing moves before a second operator approves."""
    act = partial(
        resolutions.assign,
        operator_id=caller.operator_id,
        incoming_id=incoming_id,
        wallet_id=body.wallet_id,
        top_up_id=body.top_up_id,
        reason=body.reason,
    )
    return await write.answer(caller, body, written(201, act, ResolutionOut.of))


@router.post(
    "/incoming-transfers/{incoming_id}/return",
    summary="Return an incoming transfer",
    status_code=201,
    response_model=ResolutionOut,
    responses=refusing(WRITES, {404: "unknown_incoming_transfer", 409: "not_unmatched not_returnable resolution_open"}),
)
async def return_incoming_transfer(incoming_id: IdInPath, body: ReasonIn, caller: Operator, write: Write) -> Response:
    """Asks for a transfer in suspense to go back to its sender by the bank, once a second operator has approved."""
    act = partial(resolutions.send_back, operator_id=caller.operator_id, incoming_id=incoming_id, reason=body.reason)
    return await write.answer(caller, body, written(201, act, ResolutionOut.of))


@router.post(
    "/incoming-transfers/{incoming_id}/dismiss",
    summary="Dismiss an incoming transfer",
    status_code=201,
    response_model=ResolutionOut,
    responses=refusing(WRITES, {404: "unknown_incoming_transfer", 409: "not_held_back resolution_open"}),
)
async def dismiss_incoming_transfer(incoming_id: IdInPath, body: ReasonIn, caller: Operator, write: Write) -> Response:
    """Asks for a transfer that is held back to be dismissed: it never came. A second operator has to approve."""
    act = partial(resolutions.dismiss, operator_id=caller.operator_id, incoming_id=incoming_id, reason=body.reason)
    return await write.answer(caller, body, written(201, act, ResolutionOut.of))


@router.post(
    "/resolutions/{resolution_id}/approval",
    summary="Decide about a resolution",
    response_model=ResolutionOut,
    responses=refusing(
        WRITES,
        {
            403: "approver_key_needed own_resolution",
            404: "unknown_resolution",
            409: "resolution_ended balance_limit wallet_closed not_held_back",
        },
    ),
)
async def decide_resolution(resolution_id: IdInPath, body: DecisionIn, caller: Operator, write: Write) -> Response:
    """Another operator, who is an approver, approves or rejects it."""
    act = partial(resolutions.decide, operator_id=caller.operator_id, resolution_id=resolution_id, approve=body.approve)
    return await write.answer(caller, body, written(200, act, ResolutionOut.of))


@router.post(
    "/resolutions/{resolution_id}/retraction",
    summary="Retract a resolution",
    response_model=ResolutionOut,
    responses=refusing(WRITES, {403: "other_operator", 404: "unknown_resolution", 409: "resolution_ended"}),
)
async def retract_resolution(resolution_id: IdInPath, body: Empty, caller: Operator, write: Write) -> Response:
    """The operator who asked for it retracts it."""
    act = partial(resolutions.retract, operator_id=caller.operator_id, resolution_id=resolution_id)
    return await write.answer(caller, body, written(200, act, ResolutionOut.of))


@router.get("/resolutions", summary="List resolutions", responses=LISTS)
async def list_resolutions(
    caller: Operator,
    services: ServicesOfApp,
    open_only: Annotated[bool, Query(description="Only those that wait for a second person.")] = False,
    after: After = None,
    limit: Limit = PAGE_SIZE,
) -> ResolutionsOut:
    """What operators have asked for about money in suspense, in the order of the requests."""
    until = await settled(services.database)
    async with services.replica.snapshot() as session:
        found = await resolutions_after(session, open_only=open_only, after=after, limit=limit + 1, until=until)
    return ResolutionsOut.of(found, limit, ResolutionOut.of)


@router.get(
    "/resolutions/{resolution_id}", summary="Get a resolution", responses=refusing(READS, {404: "unknown_resolution"})
)
async def get_resolution(resolution_id: IdInPath, caller: Operator, services: ServicesOfApp) -> ResolutionOut:
    async with services.database.transaction() as session:
        return ResolutionOut.of(await resolution_of(session, resolution_id))
