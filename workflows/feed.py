"""The story of the feeds: events are numbered as they are committed, by one activity after the other."""

from __future__ import annotations

from temporalio import workflow

from workflows.policies import WAITING
from workflows.poller import poll

with workflow.unsafe.imports_passed_through():
    from activities.feed import FeedActivities
    from payloads.poller import PollOrder


@workflow.defn(name="Feed")
class FeedWorkflow:
    @workflow.run
    async def run(self, order: PollOrder) -> None:
        await poll(order, self._once)

    async def _once(self, order: PollOrder) -> PollOrder:
        await workflow.execute_activity_method(
            FeedActivities.keep_feeds, order, summary="number the events of marketplaces", **WAITING
        )
        return PollOrder()
