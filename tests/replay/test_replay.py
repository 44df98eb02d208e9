"""Today's workflows replay recorded histories, in the sandbox, step for step."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable

import pytest
from structlog.contextvars import bound_contextvars
from temporalio import workflow
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from activities.logs import ActivityLogs
from releases import WORKFLOWS
from tests.fixtures.sagas import Market
from tests.replay import histories
from tests.replay.histories import Recorded, closed_history, recorded
from tests.replay.reordered import ReorderedPayment, SamePayment
from tests.replay.stories import paid_in_two_parts
from tests.replay.wallet_stories import BOOK
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


async def test_what_was_just_played_is_replayed_from_the_start_by_another_worker(market: Market) -> None:
    with bound_contextvars(request_id="f" * 32):
        ids = await paid_in_two_parts(market)
    played = {part: await closed_history(market, workflow_id) for part, workflow_id in ids.items()}
    assert {part: histories.end_of(history) for part, history in played.items()} == BOOK["paid-in-two-parts"].ends
    for history in played.values():
        assert any("f" * 32 in text for text in histories.texts(history))  # which request it was
        for interceptors in ([], [ActivityLogs()]):
            replayer = Replayer(workflows=WORKFLOWS, workflow_runner=sandboxed(), interceptors=interceptors)
            assert (await replayer.replay_workflow(history)).replay_failure is None


def _statements(method: Callable[..., object]) -> list[str]:
    """The statements of a method, without its docstring."""
    [function] = ast.parse(textwrap.dedent(inspect.getsource(method))).body
    assert isinstance(function, ast.AsyncFunctionDef)
    first = function.body[0]
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return [ast.unparse(statement) for statement in function.body[documented:]]


def _name(kind: type) -> str | None:
    return workflow._Definition.must_from_class(kind).name
