"""The redriver's story: signal rows with work and start missing workflows, again and again, or once on demand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy

from workflows.policies import WAITING
from workflows.poller import poll

with workflow.unsafe.imports_passed_through():
    from activities.redriver import RedriverActivities
    from payloads.poller import PollOrder
    from payloads.redriver import NOT_SIGNALLED, RedriveOrder, RedriveReport

# Every open row there is, at some hundred a second. It beats every second, so another worker begins again ten seconds
# after one was killed.
_ON_DEMAND: dict[str, Any] = {
    "start_to_close_timeout": timedelta(minutes=30),
    "heartbeat_timeout": WAITING["heartbeat_timeout"],
    "retry_policy": RetryPolicy(maximum_attempts=3, non_retryable_error_types=[NOT_SIGNALLED]),
}


@workflow.defn(name="Redriver")
class RedriverWorkflow:
    """A poller: one activity goes round, and writes nothing to the history meanwhile."""

    @workflow.run
    async def run(self, order: PollOrder) -> None:
        await poll(order, self._once)

    async def _once(self, order: PollOrder) -> PollOrder:
        await workflow.execute_activity_method(
            RedriverActivities.keep_redriving,
            order,
            summary="signal rows with work, start missing workflows",
            **WAITING,
        )
        return order


@workflow.defn(name="Redrive")
class RedriveWorkflow:
    """One redrive on demand. It fails, and says of which nouns, when it has left any out."""

    @workflow.run
    async def run(self, order: RedriveOrder) -> RedriveReport:
        report: RedriveReport = await workflow.execute_activity_method(
            RedriverActivities.redrive, order, summary="signal open rows", **_ON_DEMAND
        )
        return report
