"""The story of funding: service deals are paid as soon as the wallets that they wait for have the money."""

from __future__ import annotations

from temporalio import workflow

from workflows.policies import WAITING
from workflows.poller import poll, work

with workflow.unsafe.imports_passed_through():
    from activities.funding import FundingActivities
    from activities.poller import PollerActivities
    from payloads.poller import PollOrder, WalletsWaiting


@workflow.defn(name="Funding")
class FundingWorkflow:
    @workflow.run
    async def run(self, order: PollOrder) -> None:
        await poll(order, self._once)

    async def _once(self, order: PollOrder) -> PollOrder:
        waiting: WalletsWaiting = await workflow.execute_activity_method(
            PollerActivities.wait_for_wallets, order, summary="wait for money on which deals wait", **WAITING
        )
        looks = await work(FundingActivities.fund_deals, "fund deals from wallets") if waiting.wallets else 0
        return PollOrder(failed=waiting.wallets and not looks)
