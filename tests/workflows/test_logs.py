"""What an activity logs, and what the SDK logs about it, names the workflow, the activity and the attempt."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from operator import le
from typing import Any

import pytest
import structlog
from structlog.contextvars import bound_contextvars
from temporalio import activity
from temporalio.client import WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.logs import ActivityLogs, rows_of
from payloads.deal import DealRef
from payloads.payment import AttemptRef
from payloads.redriver import RedriveOrder, RedriveReport
from tests.fixtures.logs import Logged
from tests.fixtures.sagas import eventually
from tests.fixtures.temporal import in_real_time
from tests.workflows.logging_workflow import LoggingWorkflow
from worker import build_worker
from workflows.redriver import RedriveWorkflow
from workflows.sandbox import sandboxed

SECRET = "boris@example.test"


async def test_a_line_of_an_activity_says_whose_it_is(temporal: WorkflowEnvironment, logged: Logged) -> None:
    @activity.defn(name="redrive")
    async def redrive(_: RedriveOrder) -> RedriveReport:
        structlog.get_logger().warning("seen")
        raise ApplicationError(SECRET, non_retryable=True)

    queue = f"logs-{secrets.token_hex(4)}"
    bound: list[Callable[..., Any]] = [redrive]
    with in_real_time(temporal):
        async with build_worker(temporal.client, queue, bound):
            with pytest.raises(WorkflowFailureError):
                await temporal.client.execute_workflow(RedriveWorkflow.run, RedriveOrder(), id=queue, task_queue=queue)
    of_activity = {"workflow": queue, "activity": "redrive", "attempt": 1}
    [ours] = logged.of("seen")
    assert of_activity.items() <= ours.items()
    failed = [line for line in logged.lines if "trace" in line and "ApplicationError" in line["trace"]]
    assert failed and all(of_activity.items() <= line.items() for line in failed if "activity" in line["logger"])
    assert SECRET not in "".join(line.get("trace", "") for line in failed)


@pytest.mark.parametrize(("raised", "unforeseen"), [(KeyError(SECRET), 1), (ConnectionError(SECRET), 0)])
async def test_what_nobody_foresaw_is_an_error_once_and_a_bank_or_database_that_is_down_is_none(
    temporal: WorkflowEnvironment, logged: Logged, raised: Exception, unforeseen: int
) -> None:
    @activity.defn(name="redrive")
    async def redrive(_: RedriveOrder) -> RedriveReport:
        if activity.info().attempt < 3:
            raise raised
        return RedriveReport(0, 0)

    queue = f"logs-{secrets.token_hex(4)}"
    bound: list[Callable[..., Any]] = [redrive]
    with in_real_time(temporal):
        async with build_worker(temporal.client, queue, bound):
            await temporal.client.execute_workflow(RedriveWorkflow.run, RedriveOrder(), id=queue, task_queue=queue)
    errors = [line for line in logged.lines if line["level"] == "error" and line.get("workflow") == queue]
    assert [(line["event"], line["error"]) for line in errors] == unforeseen * [("unexpected", "KeyError")]
    assert SECRET not in str(errors)


async def test_a_line_of_an_activity_names_the_request_that_woke_its_workflow_if_one_did(
    temporal: WorkflowEnvironment, logged: Logged
) -> None:
    @activity.defn(name="redrive")
    async def redrive(_: RedriveOrder) -> RedriveReport:
        structlog.get_logger().warning("seen")
        return RedriveReport(0, 0)

    queue, client = f"logs-{secrets.token_hex(4)}", temporal.client
    bound: list[Callable[..., Any]] = [redrive]
    with in_real_time(temporal):
        async with build_worker(client, queue, bound):
            for request in ({"request_id": "f" * 32}, {}):
                with bound_contextvars(**request):
                    handle = await client.start_workflow(
                        RedriveWorkflow.run, RedriveOrder(), id=queue, task_queue=queue
                    )
                await handle.result()
    with_request, without = logged.of("seen")
    assert with_request["request_id"] == "f" * 32
    assert "request_id" not in without


async def test_a_line_of_a_workflow_names_the_request_that_woke_it_last_if_one_did(
    temporal: WorkflowEnvironment, logged: Logged
) -> None:
    queue, client = f"logs-{secrets.token_hex(4)}", temporal.client
    running: dict[str, Any] = {
        "id": queue,
        "task_queue": queue,
        "id_conflict_policy": WorkflowIDConflictPolicy.USE_EXISTING,
    }

    async def said() -> int:
        return len([line for line in logged.lines if line.get("logger") == "temporalio.workflow"])

    worker = Worker(
        client,
        task_queue=queue,
        workflows=[LoggingWorkflow],
        interceptors=[ActivityLogs()],
        workflow_runner=sandboxed(),
        max_cached_workflows=0,  # each wake-up replays the lines before it, and none of them is written again
    )
    with in_real_time(temporal):
        async with worker:
            with bound_contextvars(request_id="a" * 32):
                handle = await client.start_workflow("LoggingWorkflow", **running)
            await eventually(said, partial(le, 1), "its first line")
            for number, request in enumerate(({"request_id": "b" * 32}, {}), start=1):
                with bound_contextvars(**request):
                    await client.start_workflow("LoggingWorkflow", start_signal="wake", **running)
                await eventually(said, partial(le, 1 + 2 * number), "two lines after a signal")
            await handle.result()
    lines = [line for line in logged.lines if line.get("logger") == "temporalio.workflow"]
    assert {line["workflow"] for line in lines} == {queue}
    assert [(line["event"], line.get("request_id")) for line in lines] == [
        ("begun", "a" * 32),
        ("woken", "b" * 32),
        ("goes on", "b" * 32),
        ("woken", None),
        ("goes on", None),
    ]


async def test_the_request_takes_a_workflows_history_less_than_a_hundred_bytes(temporal: WorkflowEnvironment) -> None:
    queue = f"logs-{secrets.token_hex(4)}"
    with bound_contextvars(request_id="f" * 32):
        handle = await temporal.client.start_workflow("NoneSuch", id=queue, task_queue=queue)
    [first, *_] = (await handle.fetch_history()).events
    header = first.workflow_execution_started_event_attributes.header
    assert b"f" * 32 in header.SerializeToString()
    assert header.ByteSize() < 100
    await handle.terminate()


def test_a_line_of_an_activity_names_the_rows_of_its_input_and_nothing_else_of_it() -> None:
    about = AttemptRef("p1", number=2)
    assert rows_of([about, DealRef("d1"), RedriveOrder(), "text"]) == {"payment": "p1", "deal": "d1"}
