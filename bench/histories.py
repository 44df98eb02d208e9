"""The comparison: the events of a real deal and its payment, by type, beside those of the bare pair."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client

Events = Counter[str]
One = Callable[[], Awaitable[tuple[str, str]]]
"""Makes one deal with one payment from start to end, and returns the ids of their workflows."""

TRIES = 6

LOOKS = frozenset({"assess_deal", "resume_payment", "look"})
"""Activities that a signal leads to. Two signals before a look save one; a signal of the redriver adds one."""

STEPS = "activities that are not looks"
EXACT = frozenset({STEPS, "WORKFLOW_EXECUTION_STARTED", "WORKFLOW_EXECUTION_COMPLETED"})
"""Not affected by the number of signals."""

LOCAL_ACTIVITY = "core_local_activity"
"""How the SDK marks an activity that was done within a workflow's task."""

A_LOOK_MORE = 3
"""One look more or less is one activity, at most one upsert, one signal and a workflow task around each of them."""


async def count_events(client: Client, *workflow_ids: str) -> Events:
    """Events by type, over the histories of all `workflow_ids`; `STEPS` counts the activities that are not looks."""
    counted = Events()
    for workflow_id in workflow_ids:
        handle = client.get_workflow_handle(workflow_id)
        await handle.result()  # the rows are final a moment before the workflow ends
        history = await handle.fetch_history()
        counted.update(EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in history.events)
        counted[STEPS] += sum(name not in LOOKS for name in steps_taken(history.events))
    return counted


def steps_taken(events: Iterable[HistoryEvent]) -> list[str]:
    """The names of the activities of a history, in order: those within a workflow's task, and those of their own."""
    names = []
    for event in events:
        if event.HasField("activity_task_scheduled_event_attributes"):
            names.append(event.activity_task_scheduled_event_attributes.activity_type.name)
        elif event.marker_recorded_event_attributes.marker_name == LOCAL_ACTIVITY:
            [about] = event.marker_recorded_event_attributes.details["data"].payloads
            names.append(json.loads(about.data)["activity_type"])
    return names


async def matching_events(client: Client, real: One, bare: One) -> tuple[Events, Events]:
    """Events of one real and one bare payment, each alone on the machine: the closest of `TRIES` of each."""
    pairs: list[tuple[Events, Events]] = []
    for _ in range(TRIES):
        pairs.append((await count_events(client, *await real()), await count_events(client, *await bare())))
        if pairs[-1][0] == pairs[-1][1]:
            break
    return min(((real, bare) for real, _ in pairs for _, bare in pairs), key=lambda pair: _distance(*pair))


def _distance(real: Events, bare: Events) -> int:
    return sum(abs(real[name] - bare[name]) for name in real | bare)


def difference(real: Events, bare: Events) -> str:
    """Why the comparison is unfair; empty when both do the same work, up to one look more or less."""
    unequal = [
        name
        for name in sorted(real | bare)
        if abs(real[name] - bare[name]) > (0 if name in EXACT else A_LOOK_MORE if name in real and name in bare else 0)
    ]
    lines = [f"{name}: real {real[name]}, bare {bare[name]}" for name in unequal]
    return "the bare pair is not made of the events of a real deal: " + "; ".join(lines) if lines else ""


async def mean_events(client: Client, deal: str, payment: str) -> float:
    """Events per deal with its payment over all closed workflows of these two types, according to visibility."""
    lengths = {
        name: [
            execution.history_length
            async for execution in client.list_workflows(f"WorkflowType = '{name}' AND ExecutionStatus = 'Completed'")
        ]
        for name in (deal, payment)
    }
    return sum(sum(found) / max(len(found), 1) for found in lengths.values())
