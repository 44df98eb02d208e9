"""The expiry's story: free expired holds. A schedule starts it every few seconds."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.expiry import ExpiryActivities

# The next run makes up for a failed one.
_ONCE = RetryPolicy(maximum_attempts=1)


@workflow.defn(name="Expiry")
class ExpiryWorkflow:
    @workflow.run
    async def run(self) -> int:
        freed: int = await workflow.execute_activity_method(
            ExpiryActivities.expire_holds,
            start_to_close_timeout=timedelta(minutes=2),
            retry_policy=_ONCE,
            summary="void expired holds",
        )
        return freed
