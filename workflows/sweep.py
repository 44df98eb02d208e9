"""The sweep's story: ring at the deals, at the payments, at the refunds. A schedule starts it every few seconds."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.sweep import SweepActivities
    from payloads.sweep import SweepOrder, SweepReport

# The next sweep makes up for one that fails.
_ONCE = RetryPolicy(maximum_attempts=1)
_LONGEST = timedelta(minutes=5)
_HEARTBEAT = timedelta(seconds=60)


@workflow.defn(name="Sweep")
class SweepWorkflow:
    @workflow.run
    async def run(self, order: SweepOrder) -> SweepReport:
        deals = await workflow.execute_activity_method(
            SweepActivities.sweep_deals,
            order,
            start_to_close_timeout=_LONGEST,
            heartbeat_timeout=_HEARTBEAT,
            retry_policy=_ONCE,
            summary="ring at open deals",
        )
        payments = await workflow.execute_activity_method(
            SweepActivities.sweep_payments,
            order,
            start_to_close_timeout=_LONGEST,
            heartbeat_timeout=_HEARTBEAT,
            retry_policy=_ONCE,
            summary="ring at open payments",
        )
        if not workflow.patched("sweep-refunds"):
            return SweepReport(deals.due + payments.due, deals.reached + payments.reached)
        refunds = await workflow.execute_activity_method(
            SweepActivities.sweep_refunds,
            order,
            start_to_close_timeout=_LONGEST,
            heartbeat_timeout=_HEARTBEAT,
            retry_policy=_ONCE,
            summary="ring at open refunds",
        )
        return SweepReport(deals.due + payments.due + refunds.due, deals.reached + payments.reached + refunds.reached)
