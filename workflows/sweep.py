"""The sweep's story: ring at every open row of every noun. A schedule starts it every few seconds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.checkpoint import CheckpointActivities
    from activities.sweep import SweepActivities
    from payloads.sweep import SweepOrder, SweepReport

# The next sweep makes up for one that fails.
_ONCE = RetryPolicy(maximum_attempts=1)
_LONGEST = timedelta(minutes=5)
_HEARTBEAT = timedelta(seconds=60)


@workflow.defn(name="Sweep")
class SweepWorkflow:
    def __init__(self) -> None:
        self._failed: list[ActivityError] = []

    @workflow.run
    async def run(self, order: SweepOrder) -> SweepReport:
        if workflow.patched("sweep-checkpoint") and not await self._books_are_current():
            return SweepReport(0, 0, behind=True)
        reports = [
            await self._sweep(SweepActivities.sweep_deals, order, "ring at open deals"),
            await self._sweep(SweepActivities.sweep_payments, order, "ring at open payments"),
        ]
        if workflow.patched("sweep-refunds"):
            reports.append(await self._sweep(SweepActivities.sweep_refunds, order, "ring at open refunds"))
        if workflow.patched("sweep-repairs"):
            reports.append(await self._sweep(SweepActivities.sweep_repairs, order, "ring at open repairs"))
        if workflow.patched("sweep-wallets"):
            reports.append(await self._sweep(SweepActivities.sweep_payment_requests, order, "ring at open requests"))
            reports.append(await self._sweep(SweepActivities.sweep_withdrawals, order, "ring at open withdrawals"))
        if self._failed:  # operators and `holdfast sweep` see it
            raise self._failed[0]
        return SweepReport(sum(report.due for report in reports), sum(report.reached for report in reports))

    async def _books_are_current(self) -> bool:
        return await workflow.execute_activity_method(
            CheckpointActivities.compare_books,
            start_to_close_timeout=_LONGEST,
            retry_policy=_ONCE,
            summary="compare the books with the bank",
        )

    async def _sweep(self, sweep: Any, order: SweepOrder, summary: str) -> SweepReport:
        """A noun at whose rows it cannot be rung keeps no other noun from being rung at."""
        try:
            report: SweepReport = await workflow.execute_activity_method(
                sweep,
                order,
                start_to_close_timeout=_LONGEST,
                heartbeat_timeout=_HEARTBEAT,
                retry_policy=_ONCE,
                summary=summary,
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            self._failed.append(error)
            workflow.logger.warning("%s: failed", summary)
            return SweepReport(0, 0)
        return report
