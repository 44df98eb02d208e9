"""Rows for the redriver: not final, and their workflows may have missed a signal, or may be missing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    false,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession

from store.base import WorkflowRow
from store.deals.deals import Deal


@dataclass(frozen=True, slots=True)
class Pace:
    """A row with work is signalled after 5 s without news, then after 10 s, 20 s … at most every `longest_s`.

    A lost signal costs seconds, and days of asking a bank do not fill a history with signals.
    """

    doublings: int
    longest_s: int


FIRST_PAUSE_S: Final = 5
SOON: Final = Pace(10, 300)  # of what moves within seconds
SELDOM: Final = Pace(14, 6 * 3600)  # of what waits for days, with a timer in its workflow


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked for: at most `limit` rows after the last id of the previous page; with `everything`, due or not."""

    after: UUID | None
    limit: int
    everything: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A row, its deal if it belongs to one, and the version that was read: any change makes another."""

    row: WorkflowRow
    deal: Deal | None
    version: int


@dataclass(frozen=True, slots=True)
class Due:
    """Which rows of a noun's table the redriver signals, and which must have a workflow.

    `open`: may have work. `idle` says which of these wait for a person, or for a time that is still ahead; any other
    has work and is signalled at its `pace`. News sets `redrives` back to 0. An idle row is not signalled, only missed
    when it has no workflow. `at_once` is due without a pause. `must_run`: those of `open` that need a workflow, if
    not all of them. `of_deals` joins the row's deal.
    """

    table: type[WorkflowRow]
    idle: ColumnElement[bool]
    open: ColumnElement[bool]
    pace: Pace = SOON
    at_once: ColumnElement[bool] | None = None
    must_run: ColumnElement[bool] | None = None
    of_deals: ColumnElement[bool] | None = None

    async def page(self, session: AsyncSession, asked: Page) -> list[Found]:
        """A page of rows to signal, in the order of their ids."""
        at_once = false() if self.at_once is None else self.at_once
        # What is not known to be idle has work, a NULL in its condition included.
        has_work = and_(self.idle.is_not(true()), _overdue(self.table, self.pace))
        due = or_(self.open, at_once) if asked.everything else or_(and_(self.open, has_work), at_once)
        query = self._rows().where(due).order_by(self.table.id).limit(asked.limit)
        return await self._found(session, query if asked.after is None else query.where(self.table.id > asked.after))

    async def by_id(self, session: AsyncSession, ids: Collection[UUID]) -> list[Found]:
        return await self._found(session, self._rows().where(self.table.id == func.any(list(ids))))

    async def ids(self, session: AsyncSession, after: UUID | None, limit: int) -> Sequence[UUID]:
        """A page of the ids of all rows that must have a running workflow."""
        must_run = self.open if self.must_run is None else self.must_run
        query = select(self.table.id).where(must_run).order_by(self.table.id).limit(limit)
        return (await session.scalars(query if after is None else query.where(self.table.id > after))).all()

    def _rows(self) -> Select[*tuple[Any, ...]]:
        version = literal_column(f"{self.table.__tablename__}.xmin::text::bigint", BigInteger)
        if self.of_deals is None:
            return select(self.table, version)
        return select(self.table, version, Deal).join(Deal, self.of_deals)

    async def _found(self, session: AsyncSession, query: Select[*tuple[Any, ...]]) -> list[Found]:
        return [Found(row, deal[0] if deal else None, version) for row, version, *deal in await session.execute(query)]


def since_last_signal(row: type[WorkflowRow]) -> ColumnElement[Any]:
    return func.coalesce(row.redriven_at, row.created_at)


def _overdue(row: type[WorkflowRow], pace: Pace) -> ColumnElement[bool]:
    pause_s = func.least(FIRST_PAUSE_S * func.power(2, func.least(row.redrives, pace.doublings)), pace.longest_s)
    return since_last_signal(row) + func.make_interval(0, 0, 0, 0, 0, 0, pause_s) < func.clock_timestamp()


async def note_redrives(session: AsyncSession, row: type[WorkflowRow], signalled: Sequence[Found]) -> None:
    """Records that the rows were signalled now, so that the next signal without news comes later.

    A row that has changed since it was read has news that the signal may not have been about, so it stays due. So does
    a locked one: the redriver holds rows of many deals, and waiting for one of them could deadlock with a transaction
    that decides about all payments of a deal.
    """
    values = {"ids": [one.row.id for one in signalled], "versions": [one.version for one in signalled]}
    await session.execute(text(_NOTE.format(table=row.__tablename__)), values)


_NOTE: Final = """
UPDATE {table} SET redrives = {table}.redrives + 1, redriven_at = clock_timestamp()
FROM (
    SELECT r.id
    FROM {table} r
    JOIN unnest(CAST(:ids AS uuid[]), CAST(:versions AS bigint[])) AS seen (id, version)
        ON seen.id = r.id AND seen.version = r.xmin::text::bigint
    ORDER BY r.id
    FOR NO KEY UPDATE OF r SKIP LOCKED
) AS free
WHERE {table}.id = free.id
"""
