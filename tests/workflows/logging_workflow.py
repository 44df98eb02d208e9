"""A workflow that logs: at its start, and after each of two signals."""

from __future__ import annotations

from functools import partial

from temporalio import workflow


@workflow.defn
class LoggingWorkflow:
    def __init__(self) -> None:
        self._woken = 0

    @workflow.run
    async def run(self) -> None:
        workflow.logger.warning("begun")
        for number in (1, 2):
            await workflow.wait_condition(partial(self._was_woken, number))
            workflow.logger.warning("goes on")

    def _was_woken(self, times: int) -> bool:
        return self._woken >= times

    @workflow.signal
    async def wake(self) -> None:
        workflow.logger.warning("woken")
        self._woken += 1
