"""The directory's stories: copy banks and fees from the bank client, again and again, or once on demand."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

from workflows.policies import WAITING
from workflows.poller import poll

with workflow.unsafe.imports_passed_through():
    from activities.directory import DirectoryActivities
    from payloads.poller import PollOrder

_SUMMARY = "copy banks and fees"


@workflow.defn(name="Directory")
class DirectoryWorkflow:
    """A poller: one activity copies round after round, and writes nothing to the history meanwhile."""

    @workflow.run
    async def run(self, order: PollOrder) -> None:
        await poll(order, self._once)

    async def _once(self, order: PollOrder) -> PollOrder:
        await workflow.execute_activity_method(DirectoryActivities.keep_directory, order, summary=_SUMMARY, **WAITING)
        return order


@workflow.defn(name="CopyDirectory")
class CopyDirectoryWorkflow:
    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_activity_method(
            DirectoryActivities.refresh_directory,
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(maximum_attempts=5),
            summary=_SUMMARY,
        )
