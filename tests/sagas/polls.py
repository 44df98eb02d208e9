"""A poller that finds something every hour. Alone in its file, as every workflow of the tests."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from temporalio import workflow

from workflows.poller import poll

with workflow.unsafe.imports_passed_through():
    from payloads.poller import PollOrder


@workflow.defn
class HourlyPoller:
    @workflow.run
    async def run(self, order: PollOrder | None = None) -> None:
        await poll(order or PollOrder(), self._once)

    async def _once(self, order: PollOrder) -> PollOrder:
        await asyncio.sleep(timedelta(hours=1).total_seconds())
        return order
