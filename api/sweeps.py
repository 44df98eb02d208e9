"""Sweeps, for operators: which addresses are moved to the main wallet, and what failed. Nothing is done from here."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import Operator, ServicesOfApp
from api.fields import After, IdInPath, Limit, Moment, MoneyOut, PageOut
from api.refusals import LISTS, READS
from domain.money import Money
from domain.sweeps import Cause, LineState, SweepState
from edge.documents import refusing
from edge.wire import Wire, utc, utc_or_none
from fronts.paging import PAGE_SIZE
from store.chain.sweeps import CURRENCY, Sweep, SweepLine, addresses_of, lines_of, sweep_of, sweeps_after
from store.operations.settled import settled

router = APIRouter(tags=["sweeps"])


class SweepOut(Wire):
    """Amounts are in USDT. `total` is what its addresses held when it began, `swept` what is at the main wallet."""

    id: str
    state: SweepState
    cause: Cause
    lines: int
    failed: int
    total: MoneyOut
    swept: MoneyOut
    created_at: Moment
    flagged_at: Moment | None
    final_at: Moment | None

    @classmethod
    def of(cls, row: Sweep) -> SweepOut:
        return cls(
            id=str(row.id),
            state=SweepState(row.state),
            cause=Cause(row.cause),
            lines=row.lines,
            failed=row.failed,
            total=MoneyOut.of(Money(row.total_minor, CURRENCY)),
            swept=MoneyOut.of(Money(row.swept_minor, CURRENCY)),
            created_at=utc(row.created_at),
            flagged_at=utc_or_none(row.flagged_at),
            final_at=utc_or_none(row.final_at),
        )


class SweepLineOut(Wire):
    position: int
    address: str
    amount: MoneyOut
    state: LineState
    failed_reason: str | None
    final_at: Moment | None

    @classmethod
    def of(cls, row: SweepLine, address: str) -> SweepLineOut:
        return cls(
            position=row.position,
            address=address,
            amount=MoneyOut.of(Money(row.amount_minor, CURRENCY)),
            state=LineState(row.state),
            failed_reason=row.failed_reason,
            final_at=utc_or_none(row.final_at),
        )


class WholeSweepOut(SweepOut):
    """With its addresses, in the order in which they are moved."""

    addresses: list[SweepLineOut]


class SweepsOut(PageOut[SweepOut]):
    """A page of sweeps."""


@router.get("/sweeps", summary="List sweeps", responses=LISTS)
async def list_sweeps(
    _: Operator,
    services: ServicesOfApp,
    open_only: Annotated[bool, Query(description="Only those under way.")] = False,
    after: After = None,
    limit: Limit = PAGE_SIZE,
) -> SweepsOut:
    """Sweeps of addresses to the main wallet, in the order in which they began."""
    until = await settled(services.database)
    async with services.replica.snapshot() as session:
        found = await sweeps_after(session, open_only=open_only, after=after, limit=limit + 1, until=until)
    return SweepsOut.of(found, limit, SweepOut.of)


@router.get("/sweeps/{sweep_id}", summary="Get a sweep", responses=refusing(READS, {404: "unknown_sweep"}))
async def get_sweep(sweep_id: IdInPath, _: Operator, services: ServicesOfApp) -> WholeSweepOut:
    """A sweep with each of its addresses. What failed is tried again by a later one."""
    async with services.database.transaction() as session:
        sweep = await sweep_of(session, sweep_id)
        lines = await lines_of(session, sweep_id)
        addresses = await addresses_of(session, lines)
    shown = [SweepLineOut.of(line, addresses[line.address_index]) for line in lines]
    return WholeSweepOut(**SweepOut.of(sweep).model_dump(), addresses=shown)
