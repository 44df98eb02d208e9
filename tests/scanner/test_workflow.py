"""The scanner's workflow: one activity reads on and on, and another worker continues where one has stopped."""

from __future__ import annotations

import secrets

from temporalio.testing import WorkflowEnvironment

from payloads.poller import PollOrder
from tests.fixtures.sagas import eventually
from tests.fixtures.scanning import Scanning
from tests.fixtures.temporal import in_real_time
from worker import activities_of, build_worker


async def test_blocks_are_read_as_they_come_without_a_history_and_by_another_worker_after_this_one(
    scanning: Scanning, temporal: WorkflowEnvironment
) -> None:
    queue = f"scanner-{secrets.token_hex(4)}"

    def a_worker():
        return build_worker(temporal.client, queue, activities_of(scanning.new_scanner(every_s=0.05)))

    with in_real_time(temporal):
        handle = await temporal.client.start_workflow("Scanner", PollOrder(), id=queue, task_queue=queue)
    async with a_worker():
        for _ in range(3):
            await _credited(scanning)
        assert len((await handle.fetch_history()).events) <= 6  # it has started, and reads
    async with a_worker():
        await _credited(scanning)
    kinds = {str(event.event_type) for event in (await handle.fetch_history()).events}
    assert not [kind for kind in kinds if "TIMED_OUT" in kind or "FAILED" in kind]
    await handle.terminate()


async def _credited(scanning: Scanning) -> None:
    top_up, address = await scanning.top_up()
    scanning.nodes.paid(address, "25")
    await eventually(lambda: scanning.state(top_up), lambda seen: seen[0] == "credited", "the credit")
