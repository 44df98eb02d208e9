"""The redriver: signals again at every open row, so that a lost signal or a terminated workflow costs only time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime
from functools import partial
from itertools import compress
from typing import Any, Protocol, TypeVar
from uuid import UUID

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

Due = Callable[..., Awaitable[Sequence[Any]]]
Wake = Callable[..., Coroutine[None, None, bool]]

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
        """Signals every deal that is due."""
        return await self._redrive(order, "deals", Deal, due_deals, self._signaller_for(order).wake_deal)

    @activity.defn
    async def redrive_payments(self, order: RedriveOrder) -> RedriveReport:
        """Signals every payment that is due."""
        return await self._redrive(order, "payments", Payment, due_payments, self._signaller_for(order).wake_payment)

    @activity.defn
    async def redrive_refunds(self, order: RedriveOrder) -> RedriveReport:
        """Signals every refund that is due; with `everything`, those that lack our money are planned again first."""

        async def plan_again(refund: Refund) -> None:
            await self._database.run(partial(claw_back_again, refund_id=refund.id))

        wake = self._signaller_for(order).wake_refund
        return await self._redrive(order, "refunds", Refund, due_refunds, wake, plan_again)

    @activity.defn
    async def redrive_overrides(self, order: RedriveOrder) -> RedriveReport:
        """Signals every override that is due."""
        wake = self._signaller_for(order).wake_override
        return await self._redrive(order, "overrides", Override, due_overrides, wake)

    @activity.defn
    async def redrive_payment_requests(self, order: RedriveOrder) -> RedriveReport:
        """Signals every request for payment that is due."""
        wake = self._signaller_for(order).wake_payment_request
        return await self._redrive(order, "payment_requests", PaymentRequest, due_payment_requests, wake)

    @activity.defn
    async def redrive_withdrawals(self, order: RedriveOrder) -> RedriveReport:
        """Signals every withdrawal that is due; with `everything`, those that lack our money are asked again first."""

        async def pay_again(withdrawal: Withdrawal) -> None:
            if withdrawal.state == WithdrawalState.AWAITING_FUNDS:
                await self._database.run(partial(pay_withdrawal_again, withdrawal_id=withdrawal.id))

        wake = self._signaller_for(order).wake_withdrawal
        return await self._redrive(order, "withdrawals", Withdrawal, due_withdrawals, wake, pay_again)

    async def _redrive(
        self,
        order: RedriveOrder,
        part: str,
        table: type[Row],
        due: Due,
        wake: Wake,
        before: Callable[[Row], Awaitable[None]] | None = None,
    ) -> RedriveReport:
        """Signals what `due` lists, page by page. `before` is done to each row when everything is redriven.

        `wake` gets what was listed: the row, or its deal and the row.
        """
        found_in_all = reached_in_all = 0
        after: UUID | None = None
        while True:
            async with self._database.transaction() as session:
                found = await due(session, after, order.page_size, everything=order.everything)
            if not found:
                return await self._done(part, found_in_all, reached_in_all)
            listed = [item if isinstance(item, tuple) else (item,) for item in found]
            rows = [item[-1] for item in listed]
            if order.everything and before is not None:
                for row in rows:
                    await before(row)
            reached = await _at_once([wake(*item) for item in listed])
            await self._note(table, list(compress(rows, reached)))
            found_in_all, reached_in_all, after = found_in_all + len(rows), reached_in_all + sum(reached), rows[-1].id
            activity.heartbeat(found_in_all)

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
