"""Today's workflows replay recorded histories, in the sandbox, step for step."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import TaskQueueKind
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, Worker
from temporalio.workflow import NondeterminismError

from tests.fixtures.sagas import CODE_RULES, Market
from tests.replay import histories
from tests.replay.histories import Recorded, closed_history, recorded
from tests.replay.reordered import ReorderedPayment, SamePayment
from tests.replay.stories import paid_in_two_parts
from tests.replay.wallet_stories import BOOK
from worker import WORKFLOWS, activities
from workflows.payment import PaymentWorkflow
from workflows.sandbox import sandboxed

COMMITTED = recorded()


@pytest.mark.parametrize("file", COMMITTED, ids=str)
async def test_a_recorded_history_is_replayed_by_the_current_workflows(file: Recorded) -> None:
    history = file.history()
    current = [kind for kind in WORKFLOWS if _name(kind) == histories.workflow_type(history)]
    result = await Replayer(workflows=current, workflow_runner=sandboxed()).replay_workflow(
        history, raise_on_replay_failure=False
    )
    assert result.replay_failure is None


async def test_a_workflow_with_two_steps_swapped_does_not_fit_a_recorded_history() -> None:
    same, reordered = SamePayment, ReorderedPayment
    history = Recorded("lost-reply", histories.newest_version("lost-reply"), "payment-1").history()
    assert (
        await Replayer(workflows=[same], workflow_runner=sandboxed()).replay_workflow(history)
    ).replay_failure is None
    with pytest.raises(NondeterminismError, match="TMPRL1100"):
        await Replayer(workflows=[reordered], workflow_runner=sandboxed()).replay_workflow(history)


def test_the_swapped_steps_are_those_of_today_in_another_order() -> None:
    method, swapped = PaymentWorkflow._take, ReorderedPayment._take
    assert _statements(method) != _statements(swapped)
    assert sorted(_statements(method)) == sorted(_statements(swapped))


def test_every_type_of_workflow_has_a_history() -> None:
    assert {_name(kind) for kind in WORKFLOWS} == {histories.workflow_type(file.history()) for file in COMMITTED}


@pytest.mark.parametrize("name", BOOK)
def test_the_histories_of_every_story_went_its_way(name: str) -> None:
    newest = histories.newest_version(name)
    files = {file.part: file.history() for file in COMMITTED if (file.story, file.version) == (name, newest)}
    assert {part: histories.end_of(history) for part, history in files.items()} == BOOK[name].ends
    for part, shown in BOOK[name].shows.items():
        assert any(shown in text for text in histories.texts(files[part])), (part, shown)


def test_every_history_belongs_to_a_story() -> None:
    assert {file.story for file in COMMITTED} == set(BOOK)


async def test_a_deal_is_paid_though_every_workflow_task_replays_from_the_start(idle_market: Market) -> None:
    market = idle_market
    bound = activities(
        market.database, market.bank.client, market.sealer, CODE_RULES, market.sagas, redrive_every_s=0.1
    )
    async with Worker(
        market.environment.client,
        task_queue=market.task_queue,
        workflows=WORKFLOWS,
        activities=bound,
        max_cached_workflows=0,
        workflow_runner=UnsandboxedWorkflowRunner(),  # a sandbox for every task would take most of the time
    ):
        ids = await paid_in_two_parts(market)
        played = {part: await closed_history(market, workflow_id) for part, workflow_id in ids.items()}
    assert {part: histories.end_of(history) for part, history in played.items()} == BOOK["paid-in-two-parts"].ends
    scheduled = [
        event.workflow_task_scheduled_event_attributes.task_queue.kind
        for history in played.values()
        for event in history.events
        if event.HasField("workflow_task_scheduled_event_attributes")
    ]
    assert len(scheduled) >= 8  # of a deal and two payments
    assert TaskQueueKind.TASK_QUEUE_KIND_STICKY not in scheduled  # nothing was remembered between two tasks


def _statements(method: Callable[..., object]) -> list[str]:
    """The statements of a method, without its docstring."""
    [function] = ast.parse(textwrap.dedent(inspect.getsource(method))).body
    assert isinstance(function, ast.AsyncFunctionDef)
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return [ast.unparse(statement) for statement in function.body[documented:]]


def _name(kind: type) -> str | None:
    return workflow._Definition.must_from_class(kind).name
