"""Rows against the workflows of a real Temporal server."""

from __future__ import annotations

from dataclasses import replace

from temporalio.client import Client

from audit import examine
from sagas import Sagas
from tests.audit.story import NO_GRACE, Story, found
from tests.fixtures.sagas import eventually

NAME = "rows_have_their_workflows"


async def test_open_rows_have_workflows_and_final_rows_have_none(story: Story) -> None:
    report = await story.audit()
    [result] = [result for result in report.results if result.name == NAME]
    assert result.violations == () and result.examined >= 6


async def test_a_terminated_workflow_is_named_until_it_is_started_again(story: Story) -> None:
    await story.market.workflow(story.held).terminate("by an operator")
    [detail] = found(await story.audit())[NAME]
    assert detail == f"payment/{story.held.id} is held, its workflow is terminated"

    await story.market.ring(story.open, story.held)
    assert found(await story.audit()) == {}


async def test_a_workflow_that_runs_for_a_final_row_or_for_none_is_named(story: Story) -> None:
    market = story.market
    ids = {f"deal/{story.completed.id}", "deal/of-nobody"}
    handles = [
        await market.environment.client.start_workflow("Deal", {"deal_id": "x"}, id=id_, task_queue=market.task_queue)
        for id_ in sorted(ids)
    ]
    await eventually(market.sagas.open_workflow_ids, ids.issubset, "both in Temporal's list")
    details = found(await story.audit())[NAME]
    for handle in handles:
        await handle.terminate()
    assert sorted(details) == [
        f"deal/{story.completed.id} is completed, its workflow is running",
        "the workflow deal/of-nobody is running, and there is no such row",
    ]


async def test_a_row_whose_workflow_was_never_started_is_named(story: Story) -> None:
    market, sagas = story.market, story.market.sagas
    market.sagas = Sagas(await Client.connect("127.0.0.1:9", lazy=True), market.task_queue)
    begun = await market.pay(story.open, story.buyer, "10.00")
    market.sagas = sagas
    [detail] = found(await story.audit())[NAME]
    assert detail == f"payment/{begun.id} is opening, its workflow was never started"

    await market.ring(story.open, begun)
    assert found(await story.audit()) == {}


async def test_a_temporal_that_does_not_answer_is_an_alarm(story: Story) -> None:
    nowhere = Sagas(await Client.connect("127.0.0.1:9", lazy=True), "nowhere")
    report = await examine(replace(story.stores(), workflows=nowhere), NO_GRACE)
    assert set(found(report)) == {NAME}
