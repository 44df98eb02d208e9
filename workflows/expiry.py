"""The expiry's story: free holds between wallets as they expire."""

from __future__ import annotations

from temporalio import workflow

from workflows.policies import WAITING
from workflows.poller import poll, work

with workflow.unsafe.imports_passed_through():
    from activities.expiry import ExpiryActivities
    from activities.poller import PollerActivities
    from payloads.poller import HoldsWaiting, PollOrder


@workflow.defn(name="Expiry")
class ExpiryWorkflow:
    @workflow.run
    async def run(self, order: PollOrder) -> None:
        await poll(order, self._once)

    async def _once(self, order: PollOrder) -> PollOrder:
        waiting: HoldsWaiting = await workflow.execute_activity_method(
            PollerActivities.wait_for_holds, order, summary="wait for holds to expire", **WAITING
        )
        freed = await work(ExpiryActivities.expire_holds, "void expired holds") if waiting.holds else 0
        return PollOrder(failed=waiting.holds and not freed)
