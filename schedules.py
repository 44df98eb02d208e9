"""Temporal's schedules: each restarts a poller that somebody has ended. The redriver is one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from domain import keys
from payloads.poller import PollOrder
from workflows.policies import TASK_TIMEOUT

# Each schedule has the id of the workflow that it starts.
WORKFLOWS: Final = {
    keys.REDRIVER_WORKFLOW: "Redriver",
    keys.DIRECTORY_WORKFLOW: "Directory",
    "codes": "Codes",
    "mails": "Mails",
    keys.EXPIRY_WORKFLOW: "Expiry",
    "funding": "Funding",
    "feed": "Feed",
    "sweeps": "Sweeping",
    "scanner": "Scanner",
    keys.STATEMENTS_WORKFLOW: "Statements",
}


async def keep_schedules(
    client: Client, task_queue: str, every_s: Mapping[str, int], *, renew: bool, within: timedelta
) -> list[str]:
    """Creates missing schedules and returns their ids; with `renew` the others get these intervals.

    Raises what the client raises when Temporal does not answer `within` that time.
    """
    made: list[str] = []
    for id_, workflow in WORKFLOWS.items():
        schedule = _schedule(id_, workflow, task_queue, timedelta(seconds=every_s[id_]))
        try:
            await client.create_schedule(id_, schedule, trigger_immediately=True, rpc_timeout=within)
        except ScheduleAlreadyRunningError:
            if renew:
                await client.get_schedule_handle(id_).update(_to(schedule), rpc_timeout=within)
        else:
            made.append(id_)
    return made


def _to(schedule: Schedule) -> Callable[[ScheduleUpdateInput], ScheduleUpdate]:
    return lambda _: ScheduleUpdate(schedule=schedule)


def _schedule(id_: str, workflow: str, task_queue: str, every: timedelta) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            workflow, PollOrder(), id=id_, task_queue=task_queue, task_timeout=TASK_TIMEOUT
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=every)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=every),
    )
