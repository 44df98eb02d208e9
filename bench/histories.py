"""What is compared: the events of a real deal and its payment, by type, beside those of the bare pair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

Events = Counter[str]
One = Callable[[], Awaitable[tuple[str, str]]]
"""Makes one deal with one payment from start to end, and returns the ids of their workflows."""

# A ring of the sweep, or a signal that meets a task under way, adds or saves an event now and then.
TRIES = 6


async def count_events(client: Client, *workflow_ids: str) -> Events:
    """Events by type, over the histories of all `workflow_ids`."""
    counted = Events()
    for workflow_id in workflow_ids:
        handle = client.get_workflow_handle(workflow_id)
        await handle.result()  # the rows are final a moment before the workflow ends
        history = await handle.fetch_history()
        counted.update(EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in history.events)
    return counted


async def matching_events(client: Client, real: One, bare: One) -> tuple[Events, Events]:
    """Events of one real and one bare payment, each alone on the machine; equal, unless something is wrong.

    Returns the counts of the last try when no two of `TRIES` were equal.
    """
    reals: list[Events] = []
    bares: list[Events] = []
    for _ in range(TRIES):
        reals.append(await count_events(client, *await real()))
        bares.append(await count_events(client, *await bare()))
        for events in reals:
            if events in bares:
                return events, events
    return reals[-1], bares[-1]


def difference(real: Events, bare: Events) -> str:
    """What a failed comparison says."""
    unequal = [name for name in sorted(real | bare) if real[name] != bare[name]]
    lines = [f"{name}: real {real[name]}, bare {bare[name]}" for name in unequal]
    return "the bare pair is not made of the events of a real deal: " + "; ".join(lines)


async def mean_events(client: Client, deal: str, payment: str) -> float:
    """Events per deal with its payment over all closed workflows of these two types, as visibility has them."""
    lengths = {
        name: [
            execution.history_length
            async for execution in client.list_workflows(f"WorkflowType = '{name}' AND ExecutionStatus = 'Completed'")
        ]
        for name in (deal, payment)
    }
    return sum(sum(found) / max(len(found), 1) for found in lengths.values())
