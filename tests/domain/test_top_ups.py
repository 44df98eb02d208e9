"""The state of a top-up follows from what arrived and when it was paid, and from nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations

import pytest

from domain.errors import Refusal
from domain.gateways import GATEWAYS, GatewayId, within_limits
from domain.money import parse_money
from domain.top_ups import FINAL, MACHINE, OPEN, TopUpState, ask_again_s, in_time, may_fail, outcome, time_to_pay

PAY_BY = datetime(2026, 1, 31, 12, tzinfo=UTC)
BEFORE, AFTER = PAY_BY - timedelta(minutes=5), PAY_BY + timedelta(minutes=5)
S = TopUpState


@pytest.mark.parametrize(
    ("received", "late", "seen", "held_back", "now", "read", "state"),
    [
        (0, 0, 0, 0, BEFORE, False, S.WAITING),
        (0, 0, 30, 0, BEFORE, False, S.SEEN),
        (0, 0, 0, 100, BEFORE, False, S.CONFIRMED),
        (60, 0, 40, 0, BEFORE, False, S.PARTIALLY_RECEIVED),
        (60, 0, 0, 40, BEFORE, False, S.CONFIRMED),
        (100, 0, 0, 0, BEFORE, False, S.CREDITED),
        (101, 0, 0, 0, BEFORE, False, S.OVERPAID),
        (200, 0, 0, 0, AFTER, True, S.OVERPAID),
        # The time is over, and what was paid before it may not have been read.
        (0, 0, 0, 0, AFTER, False, S.WAITING),
        (60, 0, 0, 0, AFTER, False, S.PARTIALLY_RECEIVED),
        (0, 50, 0, 0, AFTER, False, S.WAITING),
        # The source's clock is ahead of the market's.
        (0, 0, 0, 0, BEFORE, True, S.WAITING),
        (0, 0, 0, 0, PAY_BY, True, S.WAITING),
        (0, 0, 0, 0, AFTER, True, S.EXPIRED),
        (0, 0, 30, 0, AFTER, True, S.EXPIRED),
        (0, 0, 0, 100, AFTER, True, S.CONFIRMED),
        (99, 0, 0, 0, AFTER, True, S.UNDERPAID),
        (0, 100, 0, 0, AFTER, True, S.LATE),
        (60, 40, 0, 0, AFTER, True, S.LATE),
        (100, 1, 0, 0, AFTER, True, S.OVERPAID),
        (100, 0, 0, 0, AFTER, False, S.CREDITED),
    ],
)
def test_the_state_by_what_arrived(
    received: int, late: int, seen: int, held_back: int, now: datetime, read: bool, state: TopUpState
) -> None:
    assert outcome(100, received, late, seen, PAY_BY, now, cursor_passed=read, held_back=held_back) is state


def test_the_end_does_not_depend_on_the_order_in_which_transfers_are_read() -> None:
    """Nor on when: each is read after the time to pay, and every state on the way may follow the one before."""
    transfers = [(60, BEFORE), (40, PAY_BY), (5, AFTER)]
    ends = set()
    for order in permutations(transfers):
        received = late = 0
        states = [S.WAITING]
        for amount, at in order:
            received, late = (received + amount, late) if in_time(at, PAY_BY) else (received, late + amount)
            states.append(outcome(100, received, late, 0, PAY_BY, AFTER, cursor_passed=False))
        assert all(a is b or (str(a), str(b)) in MACHINE.moves for a, b in pairwise(states))
        ends.add(states[-1])
    assert ends == {S.OVERPAID}


def test_an_end_is_never_open_again() -> None:
    assert not [move for move in MACHINE.transitions if move[0] in FINAL and move[1] in OPEN]
    for state in TopUpState:
        if state in FINAL:
            with pytest.raises(Refusal, match="top_up_ended"):
                may_fail(state)
        else:
            may_fail(state)


def test_the_time_to_pay_is_the_gateways_unless_the_user_or_the_deal_says_less() -> None:
    tron, now = GATEWAYS[GatewayId.USDT_TRON], BEFORE
    assert time_to_pay(tron, now, None, None) == now + timedelta(hours=24)
    assert time_to_pay(tron, now, None, PAY_BY) == PAY_BY
    assert time_to_pay(tron, now, PAY_BY, PAY_BY) == PAY_BY
    for pay_by, deal in ((now, None), (now + timedelta(days=8), None), (AFTER, PAY_BY)):
        with pytest.raises(Refusal, match="bad_pay_by"):
            time_to_pay(tron, now, pay_by, deal)


def test_an_open_top_up_sleeps_until_its_time_is_over_and_then_longer_each_time() -> None:
    assert ask_again_s(BEFORE, PAY_BY) == 300
    assert ask_again_s(PAY_BY, PAY_BY) == 60
    assert ask_again_s(PAY_BY + timedelta(hours=2), PAY_BY) == 1800


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        ("0.999999", "USDT", "below_minimum"),
        ("1000000.000001", "USDT", "above_maximum"),
        ("5", "RUB", "wrong_currency"),
    ],
)
def test_amounts_beyond_the_limits_of_a_gateway_are_refused(amount: str, currency: str, code: str) -> None:
    tron = GATEWAYS[GatewayId.USDT_TRON]
    within_limits(tron, parse_money("1", "USDT"))
    within_limits(tron, parse_money("1000000", "USDT"))
    with pytest.raises(Refusal, match=code):
        within_limits(tron, parse_money(amount, currency))
