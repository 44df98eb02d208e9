"""The fate of an outgoing transaction, as a table: what the chain says, and until when a block may take it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.outgoing import (
    DROPPED_AFTER,
    FINAL,
    LIVE,
    MACHINE,
    VOID,
    InBlock,
    OutgoingState,
    OutgoingStep,
    next_step,
    verdict,
)

EXPIRES = datetime(2026, 1, 31, 12, tzinfo=UTC)
DONE = InBlock(100, succeeded=True, result="SUCCESS", fee_sun=345_000)
FAILED = InBlock(100, succeeded=False, result="OUT_OF_ENERGY", fee_sun=9_000_000)
S = OutgoingState


@pytest.mark.parametrize(
    ("found", "ahead", "wanted"),
    [
        (DONE, timedelta(minutes=-5), S.DONE),
        (DONE, timedelta(days=5), S.DONE),  # read long after its end: it is what it is
        (FAILED, timedelta(minutes=-5), S.FAILED),
        (FAILED, timedelta(days=5), S.FAILED),
        (None, timedelta(minutes=-5), None),
        (None, timedelta(0), None),  # another node may be a little behind
        (None, DROPPED_AFTER - timedelta(milliseconds=1), None),
        (None, DROPPED_AFTER, S.DROPPED),
        (None, timedelta(days=5), S.DROPPED),
    ],
)
def test_the_solidified_chain_decides(found: InBlock | None, ahead: timedelta, wanted: OutgoingState | None) -> None:
    assert verdict(found, EXPIRES + ahead, EXPIRES) is wanted


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (S.ORDERED, OutgoingStep.BUILD),
        (S.PREPARED, OutgoingStep.SIGN),
        (S.SIGNED, OutgoingStep.BROADCAST),
        (S.SENT, OutgoingStep.ASK),
        (S.DONE, None),
        (S.FAILED, None),
        (S.DROPPED, None),
        (S.REFUSED, None),
    ],
)
def test_each_state_has_one_next_step_and_final_ones_have_none(state: OutgoingState, step: OutgoingStep | None) -> None:
    assert next_step(state) is step
    assert (state in FINAL) is (step is None)
    assert (state in LIVE) is (step is not None)


def test_only_what_never_moves_anything_may_be_ordered_again() -> None:
    assert FINAL - {S.DONE} == VOID


def test_what_was_sent_is_ended_by_the_chain_alone() -> None:
    ends = {after for before, after in MACHINE.moves if before == S.SENT}
    assert ends == {S.DONE, S.FAILED, S.DROPPED}
