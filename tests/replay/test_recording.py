"""The recorder writes what may be kept, all of it or nothing, and leaves alone what was recorded before."""

from __future__ import annotations

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory

from tests.replay import histories
from tests.replay.histories import NotKept
from tests.replay.record import orders
from tests.replay.staff import BOOK

STORY = "lost-reply"


@pytest.fixture
def played() -> dict[str, WorkflowHistory]:
    return {file.part: file.history() for file in histories.recorded() if (file.story, file.version) == (STORY, 1)}


def _names(folder: Path) -> list[str]:
    return [str(file) for file in histories.recorded(folder)]


def test_a_history_is_kept_once_and_replaced_only_when_asked(
    tmp_path: Path, played: dict[str, WorkflowHistory]
) -> None:
    histories.keep(STORY, 1, played, [], folder=tmp_path)
    assert _names(tmp_path) == ["lost-reply.v1.deal", "lost-reply.v1.payment-1"]
    deal = {"deal": played["deal"]}
    with pytest.raises(NotKept, match="already"):
        histories.keep(STORY, 1, deal, [], folder=tmp_path)
    assert len(_names(tmp_path)) == 2
    histories.keep(STORY, 2, deal, [], folder=tmp_path)
    assert len(_names(tmp_path)) == 3
    histories.keep(STORY, 1, deal, [], folder=tmp_path, replace=True)
    assert _names(tmp_path) == ["lost-reply.v1.deal", "lost-reply.v2.deal"]


def test_nothing_is_written_when_one_part_contains_a_secret(tmp_path: Path, played: dict[str, WorkflowHistory]) -> None:
    secret = played["payment-1"].workflow_id.removeprefix("payment/")
    assert histories.leaks(played["payment-1"], [secret])
    with pytest.raises(NotKept, match="secret") as refusal:
        histories.keep(STORY, 1, played, [secret.upper()], folder=tmp_path)
    assert secret not in str(refusal.value)
    assert _names(tmp_path) == []


def test_who_ran_it_where_is_scrubbed_and_a_trace_elsewhere_is_refused(
    tmp_path: Path, played: dict[str, WorkflowHistory]
) -> None:
    deal = played["deal"]
    started = deal.events[0].workflow_execution_started_event_attributes
    started.identity = "123@a-machine"
    deal.events[-1].workflow_execution_completed_event_attributes.result.payloads[0].metadata["at"] = b"127.0.0.1"
    assert "a-machine" not in histories.scrubbed(deal)
    with pytest.raises(NotKept, match=r"127\.0\.0\.1"):
        histories.keep(STORY, 1, {"deal": deal}, [], folder=tmp_path)


def test_the_command_records_what_is_missing_and_nothing_that_is_there(
    tmp_path: Path, played: dict[str, WorkflowHistory], capsys: pytest.CaptureFixture[str]
) -> None:
    assert {order.story.name for order in orders([], tmp_path)} == set(BOOK)
    histories.keep(STORY, 1, played, [], folder=tmp_path)
    assert {order.story.name for order in orders([], tmp_path)} == set(BOOK) - {STORY}
    for refused in ([STORY], ["--replace"], ["--new", "no-such-story"]):
        with pytest.raises(SystemExit):
            orders(refused, tmp_path)
    assert f"recorded already: {STORY}" in capsys.readouterr().err

    [new] = orders(["--new", STORY], tmp_path)
    assert (new.version, new.replace) == (2, False)
    [again] = orders(["--replace", STORY], tmp_path)
    assert (again.version, again.replace) == (1, True)
