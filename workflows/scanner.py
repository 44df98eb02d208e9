"""The scanner's story: read the chain block by block, as long as there is one to read."""

from __future__ import annotations

from temporalio import workflow

from workflows.policies import WAITING
from workflows.poller import poll

with workflow.unsafe.imports_passed_through():
    from activities.scanner import ScannerActivities
    from payloads.poller import PollOrder


@workflow.defn(name="Scanner")
class ScannerWorkflow:
    """A poller: one activity reads block after block, and writes nothing to the history meanwhile."""

    @workflow.run
    async def run(self, order: PollOrder) -> None:
        await poll(order, self._once)

    async def _once(self, order: PollOrder) -> PollOrder:
        await workflow.execute_activity_method(
            ScannerActivities.scan_blocks, order, summary="read blocks, book what has arrived", **WAITING
        )
        return order
