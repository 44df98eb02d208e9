"""The redriver: signals rows with work again and starts missing workflows, so that what was lost only costs time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime
from functools import partial
from itertools import compress
from typing import Final, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import func, select
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.checkpoint import books_are_current
from activities.failpoints import AFTER_COMMIT, BEFORE, reach
from activities.poller import LASTS_S, now_s, stops_within
from bank.banks import Banks
from domain.errors import NoAnswer
from domain.withdrawals import WithdrawalState
from edge.database import Database
from market.liquidity import claw_back_again, pay_withdrawal_again
from market.nouns import NOUNS, Noun
from market.signals import Signaller
from payloads.poller import PollOrder
from payloads.redriver import NOT_SIGNALLED, RedriveOrder, RedriveReport
from rails.asking import beating
from store.base import WorkflowRow
from store.operations.checkpoint import behind_since
from store.operations.redrive_runs import last_redrive, note_runs
from store.operations.redriver import Found, Page, note_redrives
from store.payments.refunds import Refund
from store.wallets.withdrawals import Withdrawal

T = TypeVar("T")

AT_ONCE: Final = 16  # concurrent signals: enough to hide round trips, too few to crowd out the API
# Temporal's list of workflows is read this often, and in a worker's first round: a terminated workflow is rare, and
# reading the list costs as much as there are open rows.
LISTED_EVERY_S: Final = 300.0
IDS_AT_ONCE: Final = 2000  # of rows that are compared with that list


class Restarter(Signaller, Protocol):
    """What the redriver signals with; `sagas.Sagas` in the product."""

    def restarting(self) -> Signaller: ...

    async def open_workflow_ids(self) -> set[str]: ...


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
    """A round every `every_s`; an activity that keeps them up ends after `lasts_s`."""

    def __init__(
        self, database: Database, banks: Banks, signaller: Restarter, *, every_s: float, lasts_s: float = LASTS_S
    ) -> None:
        self._database = database
        self._banks = banks
        self._signaller = signaller
        self._every_s = every_s
        self._lasts_s = lasts_s
        self._next_round_s = 0.0
        self._listed_at_s: float | None = None

    @activity.defn
    async def keep_redriving(self, _: PollOrder) -> RedriveReport:
        """Round after round, until ten minutes have passed or the worker stops.

        Raises when a round has left something out: the next try shows why, and is the next round.
        """
        report, ends_at_s = RedriveReport(0, 0), now_s() + self._lasts_s
        async with beating():
            while True:
                if now_s() >= self._next_round_s:
                    report += await self._round(RedriveOrder())
                    self._next_round_s = now_s() + self._every_s
                wait_s = min(self._next_round_s, ends_at_s) - now_s()
                if await stops_within(max(wait_s, 0)) or now_s() >= ends_at_s:
                    return report

    @activity.defn
    async def redrive(self, order: RedriveOrder) -> RedriveReport:
        """One round on demand. With `everything`, rows that lack the platform's money are planned again first."""
        async with beating():
            return await self._round(order)

    async def _round(self, order: RedriveOrder) -> RedriveReport:
        """Signals what is due of every noun, then starts what is missing. Nothing while the books are behind.

        A noun that fails keeps no other from it; then it raises in the end, with the names of those that failed.
        """
        if not await books_are_current(self._database, self._banks):
            return RedriveReport(0, 0, behind=True)
        signaller = self._signaller.restarting() if order.restart_ended else self._signaller
        signalled, failed = await _of_each_noun(partial(self._signal_due, order, signaller))
        async with self._database.transaction() as session:
            await note_runs(session, signalled)
        started, not_started = await self._start_missing(at_once=order.everything)
        if left_out := [*failed, *(name for name in not_started if name not in failed)]:
            raise ApplicationError(f"not signalled: {', '.join(left_out)}", type=NOT_SIGNALLED)
        due, reached = (sum(counts) for counts in zip(*signalled.values(), strict=True))
        return RedriveReport(due, reached, started=started)

    async def _signal_due(self, order: RedriveOrder, signaller: Signaller, noun: Noun) -> tuple[int, int]:
        """How many rows of a noun were due, and how many signals reached Temporal. Goes page by page."""
        reach(BEFORE, noun.name)
        found_in_all = reached_in_all = 0
        after: UUID | None = None
        while True:
            async with self._database.reading() as session:
                found = await noun.due.page(session, Page(after, order.page_size, order.everything))
            if not found:
                reach(AFTER_COMMIT, noun.name)
                return found_in_all, reached_in_all
            if order.everything:
                for one in found:
                    await self._plan_again(one.row)
            reached = await _at_once([signaller.wake(one.row, one.deal) for one in found])
            await self._note(noun.table, list(compress(found, reached)))
            found_in_all, reached_in_all = found_in_all + len(found), reached_in_all + sum(reached)
            after = found[-1].row.id

    async def _plan_again(self, row: WorkflowRow) -> None:
        if isinstance(row, Refund):
            await self._database.run(partial(claw_back_again, refund_id=row.id))
        elif isinstance(row, Withdrawal) and row.state == WithdrawalState.AWAITING_FUNDS:
            await self._database.run(partial(pay_withdrawal_again, withdrawal_id=row.id))

    async def _note(self, table: type[WorkflowRow], signalled: Sequence[Found]) -> None:
        if signalled:
            async with self._database.transaction() as session:
                await note_redrives(session, table, signalled)

    async def _start_missing(self, *, at_once: bool) -> tuple[int, list[str]]:
        """From time to time, or `at_once`: how many missing workflows were started, and the nouns that failed.

        Temporal's list lags behind a little. A workflow that runs and is not in it yet gets no event.
        """
        if not at_once and self._listed_at_s is not None and now_s() < self._listed_at_s + LISTED_EVERY_S:
            return 0, []
        try:
            running = await self._signaller.open_workflow_ids()
        except NoAnswer as error:
            activity.logger.warning("missing workflows are looked for by the next round: %s", error)
            return 0, []
        started, failed = await _of_each_noun(partial(self._start_missing_of, running))
        if not failed:
            self._listed_at_s = now_s()
        return sum(started.values()), failed

    async def _start_missing_of(self, running: set[str], noun: Noun) -> int:
        """How many were started. A workflow that runs for a row that has ended meanwhile is signalled, and ends too."""
        started, open_ids = 0, set[UUID]()
        after: UUID | None = None
        while True:
            async with self._database.reading() as session:
                ids = await noun.due.ids(session, after, IDS_AT_ONCE)
                missing = [id_ for id_ in ids if noun.workflow_id(id_) not in running]
                found = await noun.due.by_id(session, missing) if missing else []
            if not ids:
                break
            open_ids.update(ids)
            started += sum(await _at_once([self._signaller.start(one.row, one.deal) for one in found]))
            after = ids[-1]
        others = [id_ for id_ in noun.row_ids(running) if id_ not in open_ids]
        async with self._database.reading() as session:
            found = await noun.due.by_id(session, others) if others else []
        await _at_once([self._signaller.wake(one.row, one.deal) for one in found if one.row.final_at is not None])
        return started


async def _of_each_noun(work: Callable[[Noun], Awaitable[T]]) -> tuple[dict[str, T], list[str]]:
    """What `work` returned for each noun, by name, and the names of those for which it failed."""
    done: dict[str, T] = {}
    failed: list[str] = []
    for noun in NOUNS:
        try:
            done[noun.name] = await work(noun)
        except Exception:  # noqa: BLE001 # any failure is logged, and keeps no other noun from its turn
            activity.logger.exception("%s: not redriven", noun.name)
            failed.append(noun.name)
    return done, failed


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
