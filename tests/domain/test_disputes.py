from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest

from domain.agreements import Party
from domain.deals import FINAL, OPEN, DealState
from domain.disputes import (
    MAX_DISPUTES_PER_DEAL,
    MAX_ENTRIES_PER_PARTY,
    Awaited,
    DisputeState,
    Ruling,
    Times,
    back_by,
    dispute_status_text,
    may_accept,
    may_add,
    may_decide,
    may_offer,
    may_open,
    may_retract,
    may_take,
    must_be_open,
    other,
    ruling_of,
)
from domain.errors import Refusal
from domain.money import Money

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)
PRICE = Money(500_00, "RUB")


def refusal(act: Callable[[], object]) -> str | None:
    try:
        act()
    except Refusal as refused:
        return refused.code
    return None


@pytest.mark.parametrize(
    ("state", "inspect_by", "code"),
    [
        *((state, None, "nothing_to_dispute") for state in sorted(OPEN)),
        *((state, NOW, "deal_closed") for state in sorted(FINAL)),
        (DealState.SETTLING, None, "nothing_to_dispute"),
        (DealState.FUNDED, None, "nothing_to_dispute"),
        (DealState.FUNDED, NOW, None),
        (DealState.FUNDED, NOW - TICK, "inspection_over"),
        (DealState.DISPUTED, NOW, "already_proposed"),
    ],
)
def test_a_dispute_is_opened_while_the_money_is_held_and_inspected(
    state: DealState, inspect_by: datetime | None, code: str | None
) -> None:
    assert refusal(lambda: may_open(state, NOW, inspect_by, 0)) == code


def test_a_deal_is_no_place_to_store_disputes_nor_a_dispute_one_for_statements() -> None:
    assert refusal(lambda: may_open(DealState.FUNDED, NOW, NOW, MAX_DISPUTES_PER_DEAL - 1)) is None
    assert refusal(lambda: may_open(DealState.FUNDED, NOW, NOW, MAX_DISPUTES_PER_DEAL)) == "too_many_disputes"
    assert refusal(lambda: may_add(MAX_ENTRIES_PER_PARTY - 1)) is None
    assert refusal(lambda: may_add(MAX_ENTRIES_PER_PARTY)) == "too_many_entries"


@pytest.mark.parametrize("state", [None, *DisputeState])
def test_nothing_is_added_to_a_dispute_that_has_ended_or_never_was(state: DisputeState | None) -> None:
    expected = {None: "no_dispute", DisputeState.OPEN: None}.get(state, "dispute_ended")
    assert refusal(lambda: must_be_open(state)) == expected


def test_only_its_author_retracts_a_dispute() -> None:
    for party in Party:
        assert refusal(partial(may_retract, party, party)) is None
        assert refusal(partial(may_retract, other(party), party)) == "not_your_dispute"


def test_an_offer_is_within_the_price_and_accepted_by_the_other_party() -> None:
    assert refusal(lambda: may_offer(500_00, 500_00)) is None
    assert refusal(lambda: may_offer(500_01, 500_00)) == "offer_exceeds_price"
    assert refusal(lambda: may_accept(Party.BUYER, Party.SELLER)) is None
    assert refusal(lambda: may_accept(Party.BUYER, Party.BUYER)) == "own_settlement"
    assert refusal(lambda: may_accept(None, Party.BUYER)) == "offer_ended"


TIMES = Times(NOW, None, None, NOW + timedelta(days=7), None)


def test_a_dispute_waits_for_an_answer_then_a_decision_then_another_arbiter() -> None:
    assert (TIMES.awaited, TIMES.until) == (Awaited.ANSWER, NOW)
    for known in ({"answered_at": NOW}, {"silent_at": NOW}):
        times = replace(TIMES, **known)
        assert (times.awaited, times.until) == (Awaited.DECISION, times.decide_by)
    raised = replace(TIMES, silent_at=NOW, escalated_at=NOW)
    assert (raised.awaited, raised.until) == (Awaited.SECOND_DECISION, None)


def test_operators_are_told_that_what_is_disputed_is_held_which_is_not_all_once_a_part_was_released() -> None:
    for awaited in (None, *Awaited):
        headline, *_ = dispute_status_text(awaited, "seller")
        assert "the money stays" not in headline, awaited


def test_an_arbiter_decides_after_the_answer_or_the_time_for_it() -> None:
    anna, boris = uuid4(), uuid4()
    assert refusal(lambda: may_decide(TIMES, NOW, anna, None, None)) == "answer_awaited"
    assert refusal(lambda: may_decide(TIMES, NOW + TICK, anna, None, None)) is None
    assert refusal(lambda: may_decide(replace(TIMES, answered_at=NOW), NOW, anna, anna, None)) is None
    assert refusal(lambda: may_decide(replace(TIMES, answered_at=NOW), NOW, anna, boris, None)) == "dispute_taken"
    assert refusal(lambda: may_take(anna, None, anna)) == "second_arbiter_needed"
    assert refusal(lambda: may_take(boris, None, anna)) is None


def test_a_ruling_is_named_by_what_goes_back_and_a_split_leaves_something_to_each() -> None:
    assert [ruling_of(minor, 500_00) for minor in (0, 1, 499_99, 500_00)] == [
        Ruling.RELEASE, Ruling.SPLIT, Ruling.SPLIT, Ruling.REFUND,
    ]  # fmt: skip
    assert (back_by(Ruling.RELEASE, None, PRICE), back_by(Ruling.REFUND, None, PRICE)) == (0, 500_00)
    assert back_by(Ruling.SPLIT, Money(1, "RUB"), PRICE) == 1
    for ruling, amount, code in (
        (Ruling.SPLIT, None, "missing_field"),
        (Ruling.SPLIT, PRICE, "nothing_to_split"),
        (Ruling.SPLIT, Money(500_01, "RUB"), "exceeds_refundable"),
        (Ruling.REFUND, Money(1, "RUB"), "invalid_field"),
    ):
        assert refusal(partial(back_by, ruling, amount, PRICE)) == code
