"""The redriver signals every noun, also when it cannot signal one of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from market.nouns import NAMES
from payloads.redriver import RedriveOrder, RedriveReport
from tests.fixtures.temporal import in_real_time
from workflows.redriver import RedriverWorkflow
from workflows.sandbox import sandboxed


async def test_a_noun_that_cannot_be_rung_at_keeps_no_other_from_it_and_the_run_says_so(
    temporal: WorkflowEnvironment,
) -> None:
    signalled: list[str] = []

    @activity.defn(name="redrive")
    async def redrive(order: RedriveOrder) -> RedriveReport:
        signalled.append(order.name)
        if order.name == "deals":
            raise ApplicationError("a row that nobody can read")
        return RedriveReport(1, 1)

    @activity.defn(name="compare_books")
    async def compare_books() -> bool:
        return True

    queue = f"redriver-{secrets.token_hex(4)}"
    bound: list[Callable[..., Any]] = [compare_books, redrive]
    with in_real_time(temporal):
        async with Worker(
            temporal.client,
            task_queue=queue,
            workflows=[RedriverWorkflow],
            activities=bound,
            workflow_runner=sandboxed(),
        ):
            with pytest.raises(WorkflowFailureError):
                await temporal.client.execute_workflow(RedriverWorkflow.run, RedriveOrder(), id=queue, task_queue=queue)
    assert signalled == list(NAMES)
