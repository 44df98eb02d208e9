"""The directory's story: copy banks and fees from the bank client. A schedule starts it every minute."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.directory import DirectoryActivities


@workflow.defn(name="Directory")
class DirectoryWorkflow:
    @workflow.run
    async def run(self) -> int:
        return await workflow.execute_activity_method(
            DirectoryActivities.refresh_directory,
            start_to_close_timeout=timedelta(seconds=30),
            retry_policy=RetryPolicy(maximum_attempts=5),
            summary="copy banks and fees",
        )
