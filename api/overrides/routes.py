from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.dependencies import Operator, ServicesOfApp
from api.fields import After, IdInPath, Limit
from api.overrides.schemas import (
    ApprovalIn,
    BooksOut,
    OverrideIn,
    OverrideOut,
    OverridesOut,
    RedriveOut,
    StuckListOut,
    StuckOut,
)
from api.refusals import LISTS, READS, WRITES
from api.writes import Write
from edge.documents import refusing
from fronts.paging import PAGE_SIZE, page
from fronts.writes import written
from market import overrides
from store.deals.deals import deal_of
from store.deals.stuck import stuck
from store.operations.checkpoint import behind_since
from store.operations.redrive_runs import last_redrive
from store.operations.settled import settled
from store.payments.overrides import override_of, overrides_after

router = APIRouter(tags=["overrides"])


@router.post(
    "/overrides",
    summary="Request an override",
    status_code=202,
    response_model=OverrideOut,
    responses=refusing(
        WRITES,
        {
            403: "second_arbiter_needed",
            404: "unknown_deal unknown_payment",
            409: "payment_ended deal_closed deadline_passed not_awaited already_forced no_tombstone "
            "not_stuck nothing_to_split nothing_to_decide nothing_released exceeds_refundable "
            "answer_awaited decision_pending dispute_taken too_many_refunds wrong_currency",
            422: "bad_deadline bad_amount unknown_currency",
        },
    ),
)
async def request_override(body: OverrideIn, caller: Operator, write: Write) -> Response:
    """Overrides a deal or a payment. Above the market's limit it first awaits approval by a second person.

    `ask`: the bank is asked now. `force`: an unknown result counts as known; a refusal only after the bank has voided
    the operation. The bank is still asked. `release` and `refund` of a payment: what a bank refused is repeated.
    `release`, `refund`, `split` of a deal: an inspection or a dispute is decided. `extend`: both parties agreed.
    """
    act = partial(
        overrides.ask,
        operator_id=caller.operator_id,
        deal_id=body.deal_id,
        payment_id=body.payment_id,
        asked=body.asked(),
        alone_up_to=write.services.settings.override_alone_up_to,
    )
    return await write.answer(caller, body, written(202, act, _out))


@router.post(
    "/overrides/{override_id}/approval",
    summary="Decide about an override",
    status_code=202,
    response_model=OverrideOut,
    responses=refusing(
        WRITES,
        {
            403: "approver_key_needed own_override",
            404: "unknown_override",
            409: "override_decided decision_outdated deal_closed deadline_passed payment_ended",
        },
    ),
)
async def decide_override(override_id: IdInPath, body: ApprovalIn, caller: Operator, write: Write) -> Response:
    """A second person approves or rejects: an approver other than the one who asked for the override."""
    operator_id, yes = caller.operator_id, body.approve
    act = partial(overrides.approve, operator_id=operator_id, override_id=override_id, yes=yes)
    return await write.answer(caller, body, written(202, act, _out))


@router.get("/overrides", summary="List overrides", responses=READS)
async def list_overrides(
    caller: Operator,
    services: ServicesOfApp,
    deal_id: UUID | None = None,
    open_only: Annotated[bool, Query(description="Leave out those that have ended.")] = False,
    after: After = None,
    limit: Limit = PAGE_SIZE,
) -> OverridesOut:
    """Overrides in the order of their requests, with their reasons."""
    until = await settled(services.database)
    async with services.replica.snapshot() as session:
        rows = await overrides_after(session, deal_id, open_only=open_only, after=after, limit=limit + 1, until=until)
        shown, last = page(rows, limit)
        items = [OverrideOut.of(row, await deal_of(session, None, row.deal_id)) for row in shown]
    return OverridesOut(items=items, next=None if last is None else str(last.id))


@router.get("/overrides/{override_id}", summary="Get an override", responses=refusing(READS, {404: "unknown_override"}))
async def get_override(override_id: IdInPath, caller: Operator, services: ServicesOfApp) -> OverrideOut:
    async with services.database.snapshot() as session:
        row = await override_of(session, override_id)
        return OverrideOut.of(row, await deal_of(session, None, row.deal_id))


@router.get("/stuck", summary="List what is stuck", responses=LISTS)
async def list_stuck(
    caller: Operator,
    services: ServicesOfApp,
    older_than_s: Annotated[
        int, Query(ge=0, le=86_400, description="From how many seconds on a bank's answer is late.")
    ] = 60,
    limit: Limit = PAGE_SIZE,
) -> StuckListOut:
    """What an operator should look at, oldest first; whether the redriver is on time and the books are current."""
    async with services.replica.snapshot() as session:
        rows = await stuck(session, older_than_s=older_than_s, limit=limit)
        last, books = await last_redrive(session), BooksOut.of(await behind_since(session))
    redriver = RedriveOut.of(last, services.settings.redrive_overdue_s)
    return StuckListOut(items=[StuckOut.of(row) for row in rows], redriver=redriver, books=books)


def _out(requested: overrides.Requested) -> OverrideOut:
    return OverrideOut.of(requested.override, requested.deal)
