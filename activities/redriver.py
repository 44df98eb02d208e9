"""The redriver: signals again at every open row, so that a lost signal or a terminated workflow costs only time."""

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
from market.liquidity import claw_back_again, pay_withdrawal_again
from payloads.redriver import RedriveOrder, RedriveReport
from store.checkpoint import behind_since
from store.deals import Deal
from store.overrides import Override
from store.payment_requests import PaymentRequest
from store.payments import Payment
from store.redrive_runs import last_redrive, note_run
from store.redriver import (
    due_deals,
    due_overrides,
    due_payment_requests,
    due_payments,
    due_refunds,
    due_withdrawals,
    note_redrives,
)
from store.refunds import Refund
from store.withdrawals import Withdrawal

Row = TypeVar("Row", Deal, Payment, Refund, Override, PaymentRequest, Withdrawal)

AT_ONCE = 16  # signals under way at a time: enough to hide round trips, too few to crowd out the API


class Signaller(Protocol):
    """What the redriver signals with; `sagas.Sagas` in the product."""

    def restarting(self) -> Signaller: ...

    async def wake_deal(self, deal: Deal) -> bool: ...

    async def wake_payment(self, deal: Deal, payment: Payment) -> bool: ...

    async def wake_refund(self, deal: Deal, refund: Refund) -> bool: ...

    async def wake_override(self, deal: Deal, override: Override) -> bool: ...

    async def wake_payment_request(self, request: PaymentRequest) -> bool: ...

    async def wake_withdrawal(self, withdrawal: Withdrawal) -> bool: ...


class RedriverWatch:
    """Whether the redriver keeps running, for a worker's readiness; the time counts from the worker's start.

    While the books are behind it is held back on purpose, which is reported as such (`activities.checkpoint`).
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
    def __init__(self, database: Database, signaller: Signaller) -> None:
        self._database = database
        self._signaller = signaller

    @activity.defn
    async def redrive_deals(self, order: RedriveOrder) -> RedriveReport:
        """Signals every deal that is due, page by page."""
        signaller = self._signaller_for(order)
        due = reached = 0
        after = None
        while True:
            async with self._database.transaction() as session:
                deals = await due_deals(session, after, order.page_size, everything=order.everything)
            if not deals:
                return await self._done("deals", due, reached)
            signalled = await _at_once([signaller.wake_deal(deal) for deal in deals])
            await self._note(Deal, [deal for deal, reached_it in zip(deals, signalled, strict=True) if reached_it])
            due, reached, after = due + len(deals), reached + sum(signalled), deals[-1].id
            activity.heartbeat(due)

    @activity.defn
    async def redrive_payments(self, order: RedriveOrder) -> RedriveReport:
        """Signals every payment that is due, page by page."""
        signaller = self._signaller_for(order)
        due = reached = 0
        after = None
        while True:
            async with self._database.transaction() as session:
                pairs = await due_payments(session, after, order.page_size, everything=order.everything)
            if not pairs:
                return await self._done("payments", due, reached)
            signalled = await _at_once([signaller.wake_payment(deal, payment) for deal, payment in pairs])
            reached_rows = [payment for (_, payment), reached_it in zip(pairs, signalled, strict=True) if reached_it]
            await self._note(Payment, reached_rows)
            due, reached, after = due + len(pairs), reached + sum(signalled), pairs[-1][1].id
            activity.heartbeat(due)

    @activity.defn
    async def redrive_refunds(self, order: RedriveOrder) -> RedriveReport:
        """Signals every refund that is due, page by page; with `everything`, those that lack our money too."""
        signaller = self._signaller_for(order)
        due = reached = 0
        after = None
        while True:
            async with self._database.transaction() as session:
                pairs = await due_refunds(session, after, order.page_size, everything=order.everything)
            if not pairs:
                return await self._done("refunds", due, reached)
            if order.everything:
                for _, refund in pairs:
                    await self._database.run(partial(claw_back_again, refund_id=refund.id))
            signalled = await _at_once([signaller.wake_refund(deal, refund) for deal, refund in pairs])
            await self._note(
                Refund, [refund for (_, refund), reached_it in zip(pairs, signalled, strict=True) if reached_it]
            )
            due, reached, after = due + len(pairs), reached + sum(signalled), pairs[-1][1].id
            activity.heartbeat(due)

    @activity.defn
    async def redrive_overrides(self, order: RedriveOrder) -> RedriveReport:
        """Signals every override that is due, page by page."""
        signaller = self._signaller_for(order)
        due = reached = 0
        after = None
        while True:
            async with self._database.transaction() as session:
                pairs = await due_overrides(session, after, order.page_size, everything=order.everything)
            if not pairs:
                return await self._done("overrides", due, reached)
            signalled = await _at_once([signaller.wake_override(deal, override) for deal, override in pairs])
            await self._note(
                Override, [override for (_, override), reached_it in zip(pairs, signalled, strict=True) if reached_it]
            )
            due, reached, after = due + len(pairs), reached + sum(signalled), pairs[-1][1].id
            activity.heartbeat(due)

    @activity.defn
    async def redrive_payment_requests(self, order: RedriveOrder) -> RedriveReport:
        """Signals every request for payment that is due, page by page."""
        signaller = self._signaller_for(order)
        due = reached = 0
        after = None
        while True:
            async with self._database.transaction() as session:
                rows = await due_payment_requests(session, after, order.page_size, everything=order.everything)
            if not rows:
                return await self._done("payment_requests", due, reached)
            signalled = await _at_once([signaller.wake_payment_request(row) for row in rows])
            await self._note(
                PaymentRequest, [row for row, reached_it in zip(rows, signalled, strict=True) if reached_it]
            )
            due, reached, after = due + len(rows), reached + sum(signalled), rows[-1].id
            activity.heartbeat(due)

    @activity.defn
    async def redrive_withdrawals(self, order: RedriveOrder) -> RedriveReport:
        """Signals every withdrawal that is due, page by page; with `everything`, those that lack our money too."""
        signaller = self._signaller_for(order)
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
            signalled = await _at_once([signaller.wake_withdrawal(row) for row in rows])
            await self._note(Withdrawal, [row for row, reached_it in zip(rows, signalled, strict=True) if reached_it])
            due, reached, after = due + len(rows), reached + sum(signalled), rows[-1].id
            activity.heartbeat(due)

    def _signaller_for(self, order: RedriveOrder) -> Signaller:
        return self._signaller.restarting() if order.restart_ended else self._signaller

    async def _done(self, part: str, due: int, reached: int) -> RedriveReport:
        async with self._database.transaction() as session:
            await note_run(session, part, due, reached)
        return RedriveReport(due, reached)

    async def _note(self, table: type[Row], rows: Sequence[Row]) -> None:
        if rows:
            async with self._database.transaction() as session:
                await note_redrives(session, table, [row.id for row in rows])


async def _at_once(signals: Sequence[Coroutine[None, None, bool]]) -> list[bool]:
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(signal: Coroutine[None, None, bool]) -> bool:
        async with limit:
            try:
                return await signal
            except Exception:  # noqa: BLE001  # whatever it is, it is logged, and the row is signalled again
                activity.logger.exception("a signal failed; the next redrive tries again")
                return False

    return await asyncio.gather(*(one(signal) for signal in signals))
