"""The redriver's story: signal every open row of every noun. A schedule starts it every few seconds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.checkpoint import CheckpointActivities
    from activities.redriver import RedriverActivities
    from market.nouns import NAMES
    from payloads.redriver import RedriveOrder, RedriveReport

# Each beats every second, so that a killed worker holds the redriver up for ten seconds.
# The next redrive makes up for a failed one.
_STEP: dict[str, Any] = {
    "start_to_close_timeout": timedelta(minutes=5),
    "heartbeat_timeout": timedelta(seconds=10),
    "retry_policy": RetryPolicy(maximum_attempts=1),
}


@workflow.defn(name="Redriver")
class RedriverWorkflow:
    def __init__(self) -> None:
        self._failed: list[ActivityError] = []

    @workflow.run
    async def run(self, order: RedriveOrder) -> RedriveReport:
        if not await self._books_are_current():
            return RedriveReport(0, 0, behind=True)
        reports = [await self._redrive(replace(order, name=name)) for name in NAMES]
        if self._failed:  # operators and `holdfast redrive` see it
            raise self._failed[0]
        return RedriveReport(sum(report.due for report in reports), sum(report.reached for report in reports))

    async def _books_are_current(self) -> bool:
        current: bool = await workflow.execute_activity_method(
            CheckpointActivities.compare_books,
            summary="compare the books with the bank",
            **_STEP,
        )
        return current

    async def _redrive(self, order: RedriveOrder) -> RedriveReport:
        """A noun whose rows cannot be signalled does not keep the other nouns from being signalled."""
        try:
            report: RedriveReport = await workflow.execute_activity_method(
                RedriverActivities.redrive,
                order,
                summary=f"signal open {order.name}",
                **_STEP,
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            self._failed.append(error)
            workflow.logger.warning("%s: not signalled", order.name)
            return RedriveReport(0, 0)
        return report
