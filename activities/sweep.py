"""The sweep: rings again at every open row, so that a lost ring or a terminated workflow costs only time."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol, TypeVar

from sqlalchemy import func, select
from temporalio import activity

from domain.withdrawals import WithdrawalState
from edge.database import Database
from payloads.sweep import SweepOrder, SweepReport
from store.checkpoint import behind_since
from store.deals import Deal
from store.liquidity import pay_withdrawal_again, take_back_again
from store.payment_requests import PaymentRequest
from store.payments import Payment
from store.refunds import Refund
from store.repairs import Repair
from store.sweep import (
    due_deals,
    due_payment_requests,
    due_payments,
    due_refunds,
    due_repairs,
    due_withdrawals,
    note_nudges,
)
from store.sweep_runs import last_sweep, note_run
from store.withdrawals import Withdrawal

Row = TypeVar("Row", Deal, Payment, Refund, Repair, PaymentRequest, Withdrawal)

AT_ONCE = 16  # rings under way at a time: enough to hide round trips, too few to crowd out the API


class Bells(Protocol):
    """What the sweep rings with; `sagas.Sagas` in the product."""

    def restarting(self) -> Bells: ...

    async def wake_deal(self, deal: Deal) -> bool: ...

    async def wake_payment(self, deal: Deal, payment: Payment) -> bool: ...

    async def wake_refund(self, deal: Deal, refund: Refund) -> bool: ...

    async def wake_repair(self, deal: Deal, repair: Repair) -> bool: ...

    async def wake_payment_request(self, request: PaymentRequest) -> bool: ...

    async def wake_withdrawal(self, withdrawal: Withdrawal) -> bool: ...


class SweepWatch:
    """Whether the sweep comes round, for the readiness of a worker: it has as long as that from the worker's start.

    While the books are behind it is held back on purpose, which is told as such (`activities.checkpoint`).
    """

    def __init__(self, database: Database, overdue_after_s: int) -> None:
        self._database = database
        self._overdue_after_s = overdue_after_s
        self._since: datetime | None = None

    async def comes_round(self) -> bool:
        async with self._database.transaction() as session:
            if self._since is None:
                self._since = await session.scalar(select(func.clock_timestamp()))
            last = await last_sweep(session, not_before=self._since)
            return not last.overdue(self._overdue_after_s) or await behind_since(session) is not None


class SweepActivities:
    def __init__(self, database: Database, bells: Bells) -> None:
        self._database = database
        self._bells = bells

    @activity.defn
    async def sweep_deals(self, order: SweepOrder) -> SweepReport:
        """Rings at every deal that is due, page by page."""
        bells = self._bells_for(order)
        due = reached = 0
        after = None
        while True:
            async with self._database.transaction() as session:
                deals = await due_deals(session, after, order.page_size, everything=order.everything)
            if not deals:
                return await self._done("deals", due, reached)
            rung = await _at_once([bells.wake_deal(deal) for deal in deals])
            await self._note(Deal, [deal for deal, reached_it in zip(deals, rung, strict=True) if reached_it])
            due, reached, after = due + len(deals), reached + sum(rung), deals[-1].id
            activity.heartbeat(due)

    @activity.defn
    async def sweep_payments(self, order: SweepOrder) -> SweepReport:
        """Rings at every payment that is due, page by page."""
        bells = self._bells_for(order)
        due = reached = 0
        after = None
        while True:
            async with self._database.transaction() as session:
                pairs = await due_payments(session, after, order.page_size, everything=order.everything)
            if not pairs:
                return await self._done("payments", due, reached)
            rung = await _at_once([bells.wake_payment(deal, payment) for deal, payment in pairs])
            reached_rows = [payment for (_, payment), reached_it in zip(pairs, rung, strict=True) if reached_it]
            await self._note(Payment, reached_rows)
            due, reached, after = due + len(pairs), reached + sum(rung), pairs[-1][1].id
            activity.heartbeat(due)

    @activity.defn
    async def sweep_refunds(self, order: SweepOrder) -> SweepReport:
        """Rings at every refund that is due, page by page; with `everything` what lacks our money is tried now."""
        bells = self._bells_for(order)
        due = reached = 0
        after = None
        while True:
            async with self._database.transaction() as session:
                pairs = await due_refunds(session, after, order.page_size, everything=order.everything)
            if not pairs:
                return await self._done("refunds", due, reached)
            if order.everything:
                for _, refund in pairs:
                    await self._database.run(partial(take_back_again, refund_id=refund.id))
            rung = await _at_once([bells.wake_refund(deal, refund) for deal, refund in pairs])
            await self._note(
                Refund, [refund for (_, refund), reached_it in zip(pairs, rung, strict=True) if reached_it]
            )
            due, reached, after = due + len(pairs), reached + sum(rung), pairs[-1][1].id
            activity.heartbeat(due)

    @activity.defn
    async def sweep_repairs(self, order: SweepOrder) -> SweepReport:
        """Rings at every repair that is due, page by page."""
        bells = self._bells_for(order)
        due = reached = 0
        after = None
        while True:
            async with self._database.transaction() as session:
                pairs = await due_repairs(session, after, order.page_size, everything=order.everything)
            if not pairs:
                return await self._done("repairs", due, reached)
            rung = await _at_once([bells.wake_repair(deal, repair) for deal, repair in pairs])
            await self._note(
                Repair, [repair for (_, repair), reached_it in zip(pairs, rung, strict=True) if reached_it]
            )
            due, reached, after = due + len(pairs), reached + sum(rung), pairs[-1][1].id
            activity.heartbeat(due)

    @activity.defn
    async def sweep_payment_requests(self, order: SweepOrder) -> SweepReport:
        """Rings at every request for payment that is due, page by page."""
        bells = self._bells_for(order)
        due = reached = 0
        after = None
        while True:
            async with self._database.transaction() as session:
                rows = await due_payment_requests(session, after, order.page_size, everything=order.everything)
            if not rows:
                return await self._done("payment_requests", due, reached)
            rung = await _at_once([bells.wake_payment_request(row) for row in rows])
            await self._note(PaymentRequest, [row for row, reached_it in zip(rows, rung, strict=True) if reached_it])
            due, reached, after = due + len(rows), reached + sum(rung), rows[-1].id
            activity.heartbeat(due)

    @activity.defn
    async def sweep_withdrawals(self, order: SweepOrder) -> SweepReport:
        """Rings at every withdrawal that is due, page by page; with `everything` what lacks our money is tried now."""
        bells = self._bells_for(order)
        due = reached = 0
        after = None
        while True:
            async with self._database.transaction() as session:
                rows = await due_withdrawals(session, after, order.page_size, everything=order.everything)
            if not rows:
                return await self._done("withdrawals", due, reached)
            if order.everything:
                for row in rows:
                    if row.state == WithdrawalState.AWAITING_FUNDS:
                        await self._database.run(partial(pay_withdrawal_again, withdrawal_id=row.id))
            rung = await _at_once([bells.wake_withdrawal(row) for row in rows])
            await self._note(Withdrawal, [row for row, reached_it in zip(rows, rung, strict=True) if reached_it])
            due, reached, after = due + len(rows), reached + sum(rung), rows[-1].id
            activity.heartbeat(due)

    def _bells_for(self, order: SweepOrder) -> Bells:
        return self._bells.restarting() if order.restart_ended else self._bells

    async def _done(self, part: str, due: int, reached: int) -> SweepReport:
        async with self._database.transaction() as session:
            await note_run(session, part, due, reached)
        return SweepReport(due, reached)

    async def _note(self, table: type[Row], rows: Sequence[Row]) -> None:
        if rows:
            async with self._database.transaction() as session:
                await note_nudges(session, table, [row.id for row in rows])


async def _at_once(rings: Sequence[Coroutine[None, None, bool]]) -> list[bool]:
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(ring: Coroutine[None, None, bool]) -> bool:
        async with limit:
            try:
                return await ring
            except Exception:  # noqa: BLE001  # whatever it is, it is logged, and the row is rung at again
                activity.logger.exception("a ring failed; the next sweep tries again")
                return False

    return await asyncio.gather(*(one(ring) for ring in rings))
