"""Rows for the redriver: not final, and their workflows may have missed a signal, or may be missing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.base import WorkflowRow
from store.deals.deals import Deal
from store.payments.events import Event

# An open row is signalled on the redriver after each of its events, and without news after 5 s, 10 s, 20 s … at most
# every 5 minutes: a lost signal costs seconds, and days of asking a bank do not fill a history with signals.
FIRST_PAUSE_S = 5
LONGEST_PAUSE_S = 300
SELDOM_S = 6 * 3600


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked for: at most `limit` rows after the last id of the previous page; with `everything`, due or not."""

    after: UUID | None
    limit: int
    everything: bool


Due = Callable[[AsyncSession, Page], Awaitable[list[tuple[Deal | None, WorkflowRow]]]]
"""A page of rows to signal, in the order of their ids, each with its deal if it belongs to one."""
Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])


def due_soon(
    row: type[WorkflowRow],
    *only: ColumnElement[bool],
    news: ColumnElement[bool] | None = None,
    of_deals: ColumnElement[bool] | None = None,
    until_final: bool = True,
) -> Due:
    """Rows that move within seconds: due after each event that is their `news`, and without any after a pause.

    `of_deals` joins the deal that the row belongs to. Without `until_final` the conditions of `only` say what is open.
    """
    open_ = (row.final_at.is_(None), *only) if until_final else only

    async def page(session: AsyncSession, asked: Page) -> list[tuple[Deal | None, WorkflowRow]]:
        if of_deals is None:
            alone = await session.scalars(_paged(_due(select(row).where(*open_), row, news, asked), row, asked))
            return [(None, one) for one in alone]
        query = select(Deal, row).join(row, of_deals).where(*open_)
        return [(deal, one) for deal, one in await session.execute(_paged(_due(query, row, news, asked), row, asked))]

    return page


def due_seldom(row: type[WorkflowRow]) -> Due:
    """Rows that wait for days, with a timer in their workflow. A decision resets `redrives` to 0: that is their news.

    A decision may also end a row at once: its workflow is signalled once more, if it was not since.
    """

    async def page(session: AsyncSession, asked: Page) -> list[tuple[Deal | None, WorkflowRow]]:
        since = func.coalesce(row.redriven_at, row.created_at)
        unsignalled = row.final_at >= since
        overdue = _overdue(row, 14, SELDOM_S)
        open_ = row.final_at.is_(None) if asked.everything else row.final_at.is_(None) & overdue
        query = select(row).where(or_(open_, unsignalled))
        return [(None, one) for one in await session.scalars(_paged(query, row, asked))]

    return page


def _due(query: Query, row: type[WorkflowRow], news: ColumnElement[bool] | None, asked: Page) -> Query:
    if asked.everything:
        return query
    overdue = _overdue(row, 10, LONGEST_PAUSE_S)
    if news is None:
        return query.where(overdue)
    since = func.coalesce(row.redriven_at, row.created_at)
    return query.where(or_(overdue, exists().where(news, Event.created_at > since)))


def _overdue(row: type[WorkflowRow], doublings: int, longest_s: int) -> ColumnElement[bool]:
    since = func.coalesce(row.redriven_at, row.created_at)
    pause_s = func.least(FIRST_PAUSE_S * func.power(2, func.least(row.redrives, doublings)), longest_s)
    return since + func.make_interval(0, 0, 0, 0, 0, 0, pause_s) < func.clock_timestamp()


def _paged(query: Query, row: type[WorkflowRow], asked: Page) -> Query:
    query = query.order_by(row.id).limit(asked.limit)
    return query if asked.after is None else query.where(row.id > asked.after)


async def note_redrives(session: AsyncSession, row: type[WorkflowRow], ids: Sequence[UUID]) -> None:
    """Records that the rows were signalled now, so that the next signal without news comes later.

    A locked row is left out and signalled again: the redriver holds rows of many deals, and waiting for one of them
    could deadlock with a transaction that decides about all payments of a deal.
    """
    free = select(row.id).where(row.id.in_(ids)).with_for_update(skip_locked=True, key_share=True)
    await session.execute(
        update(row).where(row.id.in_(free)).values(redrives=row.redrives + 1, redriven_at=func.clock_timestamp()),
        execution_options={"synchronize_session": False},
    )
