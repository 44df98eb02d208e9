"""What an activity logs, and what the SDK logs about it, names the workflow, the activity and the attempt."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from temporalio import activity
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment

from activities.logs import rows_of
from payloads.deal import DealRef
from payloads.payment import AttemptRef
from payloads.redriver import RedriveOrder, RedriveReport
from tests.fixtures.logs import Logged
from tests.fixtures.temporal import in_real_time
from worker import build_worker
from workflows.redriver import RedriveWorkflow

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
    [ours] = [line for line in logged.lines if line["event"] == "seen"]
    assert of_activity.items() <= ours.items()
    failed = [line for line in logged.lines if "trace" in line and "ApplicationError" in line["trace"]]
    assert failed and all(of_activity.items() <= line.items() for line in failed if "activity" in line["logger"])
    assert SECRET not in "".join(line.get("trace", "") for line in failed)


def test_a_line_of_an_activity_names_the_rows_of_its_input_and_nothing_else_of_it() -> None:
    about = AttemptRef("p1", number=2)
    assert rows_of([about, DealRef("d1"), RedriveOrder(), "text"]) == {"payment": "p1", "deal": "d1"}
