from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Operator, ServicesOfApp
from api.fields import PAGE_SIZE, After, IdInPath, Limit, page
from api.nudges import Ring
from api.repairs.schemas import (
    ApprovalIn,
    BooksOut,
    RepairIn,
    RepairOut,
    RepairsOut,
    StuckListOut,
    StuckOut,
    SweepOut,
)
from api.writes import Written
from domain.repairs import RepairState
from edge.idempotency import IdempotencyKey
from edge.problem import problems
from store.checkpoint import behind_since
from store.deals import Deal, deal_of, lock_deal
from store.mending import request as request_repair
from store.operators import operator_of
from store.payments import lock_with_deal
from store.repairs import Repair, decide, lock_repair, repair_of, repairs_after
from store.settled import settled
from store.stuck import stuck
from store.sweep_runs import last_sweep

router = APIRouter(tags=["repairs"])

_WRITES = problems(401, 403, 404, 409, 413, 422, 503)


@router.post("/repairs", status_code=202, response_model=RepairOut, responses=_WRITES)
async def repair(
    request: Request, body: RepairIn, key: IdempotencyKey, caller: Operator, services: ServicesOfApp
) -> Response:
    """Repairs a deal or a payment. Above the market's limit it first waits for the approval of a second person.

    `ask`: the bank is asked now. `force`: an unknown result counts as known; a refusal only after the bank has voided
    the operation, and the bank is asked on. `release` and `refund` of a payment: what a bank refused is made again.
    `release`, `refund`, `split` of a deal: an inspection or a dispute is decided. `extend`: both parties agreed.
    """
    asked = body.asked()

    async def work(session: AsyncSession) -> Written:
        payment = None
        if body.payment_id is not None:
            deal, payment = await lock_with_deal(session, body.payment_id)
        else:
            assert body.deal_id is not None
            deal = await lock_deal(session, body.deal_id)
        limit = services.settings.repair_alone_up_to
        row = await request_repair(session, deal, payment, asked, caller.operator_id, alone_up_to=limit)
        return await _written(session, 202, deal, row)

    return await services.writes.answer(request, caller.name, key, body, work)


@router.post("/repairs/{repair_id}/approval", status_code=202, response_model=RepairOut, responses=_WRITES)
async def approve(
    request: Request,
    repair_id: IdInPath,
    body: ApprovalIn,
    key: IdempotencyKey,
    caller: Operator,
    services: ServicesOfApp,
) -> Response:
    """The second person's word, yes or no: an approver's, who did not ask for the repair himself."""

    async def work(session: AsyncSession) -> Written:
        deal = await lock_deal(session, (await repair_of(session, repair_id)).deal_id)
        row = await lock_repair(session, repair_id)
        await decide(session, row, await operator_of(session, caller.operator_id), approve=body.approve)
        return await _written(session, 202, deal, row)

    return await services.writes.answer(request, caller.name, key, body, work)


@router.get("/repairs", responses=problems(401, 403, 404, 422, 503))
async def list_repairs(
    caller: Operator,
    services: ServicesOfApp,
    deal_id: UUID | None = None,
    open_only: Annotated[bool, Query(description="Leave out those that have ended.")] = False,
    after: After = None,
    limit: Limit = PAGE_SIZE,
) -> RepairsOut:
    """Repairs in the order in which they were asked for, with their reasons."""
    until = await settled(services.database)
    async with services.database.snapshot() as session:
        rows = await repairs_after(session, deal_id, open_only=open_only, after=after, limit=limit + 1, until=until)
        shown, last = page(rows, limit)
        items = [RepairOut.of(row, await deal_of(session, None, row.deal_id)) for row in shown]
    return RepairsOut(items=items, next=None if last is None else str(last.id))


@router.get("/repairs/{repair_id}", responses=problems(401, 403, 404, 422, 503))
async def read_repair(repair_id: IdInPath, caller: Operator, services: ServicesOfApp) -> RepairOut:
    async with services.database.snapshot() as session:
        row = await repair_of(session, repair_id)
        return RepairOut.of(row, await deal_of(session, None, row.deal_id))


@router.get("/stuck", responses=problems(401, 403, 422, 503))
async def list_stuck(
    caller: Operator,
    services: ServicesOfApp,
    older_than_s: Annotated[int, Query(ge=0, le=86_400, description="When an answer of a bank is late.")] = 60,
    limit: Limit = PAGE_SIZE,
) -> StuckListOut:
    """What an operator should look at, oldest first; whether the sweep comes round and the books are current."""
    async with services.database.snapshot() as session:
        rows = await stuck(session, older_than_s=older_than_s, limit=limit)
        last, books = await last_sweep(session), BooksOut.of(await behind_since(session))
    sweep = SweepOut.of(last, services.settings.sweep_overdue_s)
    return StuckListOut(items=[StuckOut.of(row) for row in rows], sweep=sweep, books=books)


async def _written(session: AsyncSession, status: int, deal: Deal, row: Repair) -> Written:
    await session.flush()
    await session.refresh(row)
    rings = (Ring(deal, repair=row),) if row.state == RepairState.APPROVED else ()
    return Written.of(status, RepairOut.of(row, deal), row, *rings)
