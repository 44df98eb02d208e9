"""The expiry's story: free holds between wallets as they expire."""

from __future__ import annotations

from temporalio import workflow

from workflows.lookout import look_out, work
from workflows.policies import WAITING

with workflow.unsafe.imports_passed_through():
    from activities.expiry import ExpiryActivities
    from activities.lookout import LookoutActivities
    from payloads.lookout import HoldsWaiting, Lookout


@workflow.defn(name="Expiry")
class ExpiryWorkflow:
    @workflow.run
    async def run(self, lookout: Lookout) -> None:
        await look_out(lookout, self._once)

    async def _once(self, lookout: Lookout) -> Lookout:
        waiting: HoldsWaiting = await workflow.execute_activity_method(
            LookoutActivities.wait_for_holds, lookout, summary="wait for holds to expire", **WAITING
        )
        freed = await work(ExpiryActivities.expire_holds, "void expired holds") if waiting.holds else 0
        return Lookout(in_vain=waiting.holds and not freed)
