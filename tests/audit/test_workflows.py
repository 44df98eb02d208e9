"""Rows against the workflows of a real Temporal server."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from temporalio.client import Client

from audit import looks, workflows
from audit.report import Result
from audit.run import examine
from domain.overrides import OverrideKind, OverrideState
from edge.database import Database
from market.nouns import NOUNS, Noun
from market.overrides import request
from sagas import Sagas
from store.payments.overrides import Asked
from store.payments.payments import lock_with_deal
from store.people.operators import create_operator
from tests.audit.conftest import NO_GRACE, Planted
from tests.audit.story import Story, found
from tests.fixtures.sagas import eventually

NAME = workflows.NAME


async def test_open_rows_have_workflows_and_final_rows_have_none(story: Story) -> None:
    report = await story.audit()
    [result] = [result for result in report.results if result.name == NAME]
    assert result.violations == () and result.examined >= 6


async def test_a_terminated_workflow_is_named_until_it_is_started_again(story: Story) -> None:
    await story.market.workflow(story.held).terminate("by an operator")
    [detail] = found(await story.audit())[NAME]
    assert detail == f"payment/{story.held.id} is held, its workflow is terminated"

    await story.market.signal(story.open, story.held)
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

    await market.signal(story.open, begun)
    assert found(await story.audit()) == {}


async def test_an_override_under_way_without_a_workflow_is_named(story: Story) -> None:
    market = story.market
    async with market.database.transaction() as session:
        operator = await create_operator(session, "Olga")
        deal, payment = await lock_with_deal(session, story.held.id)
        asked = Asked(OverrideKind.ASK, "the bank was called")
        override = await request(session, deal, payment, asked, operator.id, alone_up_to=1_000_000)
    [detail] = found(await story.audit())[NAME]
    assert detail == f"override/{override.id} is approved, its workflow was never started"

    await market.sagas.wake(override, deal)
    assert found(await story.audit()) == {}


async def test_a_temporal_that_does_not_answer_is_an_alarm(story: Story) -> None:
    nowhere = Sagas(await Client.connect("127.0.0.1:9", lazy=True), "nowhere")
    report = await examine(replace(story.stores(), workflows=nowhere), NO_GRACE)
    assert set(found(report)) == {NAME}


@dataclass(frozen=True)
class _KnownStatuses:
    """A Temporal that says this of its workflows: status by id."""

    statuses: dict[str, str]

    async def open_workflow_ids(self) -> set[str]:
        return {id_ for id_, status in self.statuses.items() if status == "RUNNING"}

    async def workflow_status(self, workflow_id: str) -> str | None:
        return self.statuses.get(workflow_id)


async def _sound(database: Database) -> _KnownStatuses:
    """What Temporal says when nothing was lost."""
    statuses = {}
    async with database.transaction() as session:
        for noun in NOUNS:
            rows: Any = await session.scalars(select(noun.table).order_by(noun.table.final_at))
            for row in rows:
                # The workflow of an override begins with the approval.
                if noun.name != "overrides" or row.state != OverrideState.PROPOSED:
                    statuses[noun.workflow_id(row.id)] = "RUNNING" if row.final_at is None else "COMPLETED"
    return _KnownStatuses(statuses)


async def _examined(planted: Planted, statuses: dict[str, str]) -> Result:
    return await workflows.examine(planted.world.api.database, _KnownStatuses(statuses), datetime.now(UTC), NO_GRACE)


OPTIONAL = [noun for noun in NOUNS if noun.optional == "true"]
"""Those whose workflows run only while there is something to do."""


@pytest.mark.parametrize(
    "noun", [noun for noun in NOUNS if noun.name != "overrides" and noun not in OPTIONAL], ids=lambda noun: noun.name
)
async def test_of_every_noun_a_workflow_that_is_missing_or_too_many_is_named(
    planted: Planted, noun: Noun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "PAUSE_S", 0.0)
    statuses = (await _sound(planted.world.api.database)).statuses
    sound = await _examined(planted, statuses)
    assert (sound.violations, sound.examined) == ((), len(statuses))
    mine = {id_: status for id_, status in statuses.items() if id_.startswith(noun.workflow_id(""))}
    running = next(id_ for id_, status in mine.items() if status == "RUNNING")
    ended = next(id_ for id_, status in mine.items() if status == "COMPLETED")
    stranger = noun.workflow_id("of nobody")
    for corrupted, words in (
        ({running: "TERMINATED"}, f"{running} is "),
        ({running: "COMPLETED"}, ", its workflow is completed"),
        ({ended: "RUNNING"}, f"{ended} is "),
        ({stranger: "RUNNING"}, f"the workflow {stranger} is running, and there is no such row"),
    ):
        found = (await _examined(planted, statuses | corrupted)).violations
        assert len(found) == 1, (corrupted, found)
        [violation] = found
        assert words in violation.detail
    del statuses[running]
    [violation] = (await _examined(planted, statuses)).violations
    assert violation.detail.startswith(running) and violation.detail.endswith("its workflow was never started")


@pytest.mark.parametrize("noun", OPTIONAL, ids=lambda noun: noun.name)
async def test_a_workflow_that_only_sometimes_runs_is_named_when_it_has_no_row(
    planted: Planted, noun: Noun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "PAUSE_S", 0.0)
    statuses, stranger = (await _sound(planted.world.api.database)).statuses, noun.workflow_id("of nobody")
    [violation] = (await _examined(planted, statuses | {stranger: "RUNNING"})).violations
    assert violation.detail == f"the workflow {stranger} is running, and there is no such row"
