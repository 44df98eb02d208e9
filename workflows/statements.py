"""The story of the statements of banks: they are read, one activity after the other."""

from __future__ import annotations

from temporalio import workflow

from workflows.policies import WAITING
from workflows.poller import poll

with workflow.unsafe.imports_passed_through():
    from activities.incoming_transfers import IncomingTransferActivities
    from payloads.poller import PollOrder


@workflow.defn(name="Statements")
class StatementsWorkflow:
    @workflow.run
    async def run(self, order: PollOrder) -> None:
        await poll(order, self._once)

    async def _once(self, order: PollOrder) -> PollOrder:
        await workflow.execute_activity_method(
            IncomingTransferActivities.read_statements,
            order,
            summary="read what came to our accounts at banks",
            **WAITING,
        )
        return PollOrder()
