"""The redriver: signals every open row again, so that a lost signal or a terminated workflow only costs time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import datetime
from functools import partial
from itertools import compress
from typing import Protocol
from uuid import UUID

from sqlalchemy import func, select
from temporalio import activity

from domain.withdrawals import WithdrawalState
from edge.database import Database
from market.liquidity import claw_back_again, pay_withdrawal_again
from market.nouns import noun_named
from market.signals import Signaller
from payloads.redriver import RedriveOrder, RedriveReport
from rails.asking import beating
from store.base import WorkflowRow
from store.operations.checkpoint import behind_since
from store.operations.redrive_runs import last_redrive, note_run
from store.operations.redriver import Page, note_redrives
from store.payments.refunds import Refund
from store.wallets.withdrawals import Withdrawal

AT_ONCE = 16  # concurrent signals: enough to hide round trips, too few to crowd out the API


class Restarter(Signaller, Protocol):
    """What the redriver signals with; `sagas.Sagas` in the product."""

    def restarting(self) -> Signaller: ...


class RedriverWatch:
    """Whether the redriver keeps running, for a worker's readiness; the time counts from the worker's start.

    While the books are behind it is paused on purpose, and reported as such (`activities.checkpoint`).
    """

    def __init__(self, database: Database, overdue_after_s: int) -> None:
        self._database = database
        self._overdue_after_s = overdue_after_s
        self._since: datetime | None = None

    async def comes_round(self) -> bool:
        async with self._database.transaction() as session:
            if self._since is None:
                self._since = await session.scalar(select(func.clock_timestamp()))
            last = await last_redrive(session, not_before=self._since)
            return not last.overdue(self._overdue_after_s) or await behind_since(session) is not None


class RedriverActivities:
    def __init__(self, database: Database, signaller: Restarter) -> None:
        self._database = database
        self._signaller = signaller

    @activity.defn
    async def redrive(self, order: RedriveOrder) -> RedriveReport:
        """Signals every row of the noun that is due, page by page.

        With `everything`, rows that lack the platform's money are planned again first.
        """
        async with beating():
            return await self._signal_due(order)

    async def _signal_due(self, order: RedriveOrder) -> RedriveReport:
        noun, signaller = noun_named(order.name), self._signaller_for(order)
        found_in_all = reached_in_all = 0
        after: UUID | None = None
        while True:
            async with self._database.transaction() as session:
                listed = await noun.due(session, Page(after, order.page_size, order.everything))
            if not listed:
                return await self._done(noun.name, found_in_all, reached_in_all)
            rows = [row for _, row in listed]
            if order.everything:
                for row in rows:
                    await self._plan_again(row)
            reached = await _at_once([signaller.wake(row, deal) for deal, row in listed])
            await self._note(noun.table, list(compress(rows, reached)))
            found_in_all, reached_in_all, after = found_in_all + len(rows), reached_in_all + sum(reached), rows[-1].id

    async def _plan_again(self, row: WorkflowRow) -> None:
        if isinstance(row, Refund):
            await self._database.run(partial(claw_back_again, refund_id=row.id))
        elif isinstance(row, Withdrawal) and row.state == WithdrawalState.AWAITING_FUNDS:
            await self._database.run(partial(pay_withdrawal_again, withdrawal_id=row.id))

    def _signaller_for(self, order: RedriveOrder) -> Signaller:
        return self._signaller.restarting() if order.restart_ended else self._signaller

    async def _done(self, part: str, due: int, reached: int) -> RedriveReport:
        async with self._database.transaction() as session:
            await note_run(session, part, due, reached)
        return RedriveReport(due, reached)

    async def _note(self, table: type[WorkflowRow], rows: Sequence[WorkflowRow]) -> None:
        if rows:
            async with self._database.transaction() as session:
                await note_redrives(session, table, [row.id for row in rows])


async def _at_once(signals: Sequence[Coroutine[None, None, bool]]) -> list[bool]:
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(signal: Coroutine[None, None, bool]) -> bool:
        async with limit:
            try:
                return await signal
            except Exception:  # noqa: BLE001 # any failure is logged, and the row is signalled again
                activity.logger.exception("a signal failed; the next redrive tries again")
                return False

    return await asyncio.gather(*(one(signal) for signal in signals))
