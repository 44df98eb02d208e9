"""The sweep rings at every noun, also when it cannot ring at one of them."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from payloads.sweep import SweepOrder, SweepReport
from tests.fixtures.temporal import in_real_time
from workflows.sandbox import sandboxed
from workflows.sweep import SweepWorkflow

NOUNS = ("deals", "payments", "refunds", "repairs", "payment_requests", "withdrawals")


async def test_a_noun_that_cannot_be_rung_at_keeps_no_other_from_it_and_the_run_says_so(
    temporal: WorkflowEnvironment,
) -> None:
    rung: list[str] = []

    def sweeping(noun: str) -> Callable[[SweepOrder], Awaitable[SweepReport]]:
        @activity.defn(name=f"sweep_{noun}")
        async def sweep(order: SweepOrder) -> SweepReport:
            rung.append(noun)
            if noun == "deals":
                raise ApplicationError("a row that nobody can read")
            return SweepReport(1, 1)

        return sweep

    @activity.defn(name="compare_books")
    async def compare_books() -> bool:
        return True

    queue = f"sweep-{secrets.token_hex(4)}"
    bound: list[Callable[..., Any]] = [compare_books, *(sweeping(noun) for noun in NOUNS)]
    with in_real_time(temporal):
        async with Worker(
            temporal.client, task_queue=queue, workflows=[SweepWorkflow], activities=bound, workflow_runner=sandboxed()
        ):
            with pytest.raises(WorkflowFailureError):
                await temporal.client.execute_workflow(SweepWorkflow.run, SweepOrder(), id=queue, task_queue=queue)
    assert rung == list(NOUNS)
