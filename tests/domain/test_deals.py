from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain import deals, payments
from domain.deals import CloseReason, DealState, Verdict, in_time, room_for, verdict
from domain.errors import Conflict
from domain.payments import PaymentState

PAY_BY = datetime(2030, 1, 1, 12, tzinfo=UTC)


def test_submitted_at_the_very_deadline_is_in_time_and_a_microsecond_later_is_not() -> None:
    assert in_time(PAY_BY, PAY_BY)
    assert not in_time(PAY_BY + timedelta(microseconds=1), PAY_BY)


def test_the_verdict_depends_on_held_money_and_a_cancelled_deal_is_never_funded() -> None:
    assert verdict(500, 500, None) is Verdict.FUNDED
    assert verdict(499, 500, CloseReason.DEADLINE) is Verdict.NOT_FUNDED
    assert verdict(500, 500, CloseReason.DEADLINE) is Verdict.FUNDED
    assert verdict(500, 500, CloseReason.CANCELLED) is Verdict.NOT_FUNDED


def test_a_payment_fits_exactly_what_is_left() -> None:
    room_for(200, 500, 300)
    with pytest.raises(Conflict, match="overpayment"):
        room_for(201, 500, 300)


def test_nothing_leads_out_of_a_final_state() -> None:
    assert not {before for before, _ in deals.TRANSITIONS} & deals.FINAL
    assert not {before for before, _ in payments.TRANSITIONS} & payments.FINAL


def test_every_state_is_reached_and_every_other_state_has_a_way_to_the_end() -> None:
    for transitions, states, final, first in (
        (deals.TRANSITIONS, set(DealState), deals.FINAL, deals.MACHINE.beginnings),
        (payments.TRANSITIONS, set(PaymentState), payments.FINAL, payments.MACHINE.beginnings),
    ):
        reached = set(first) | {after for _, after in transitions}
        assert reached == states
        ending = set(final)
        for _ in states:
            ending |= {before for before, after in transitions if after in ending}
        assert ending == states


def test_money_is_committed_until_it_is_certain_that_it_goes_back() -> None:
    assert {
        PaymentState.PROCESSING,
        PaymentState.HELD,
        PaymentState.COMPLETED,
        PaymentState.PAYABLE,
    } <= payments.COMMITTED
    assert not {PaymentState.RETURNING, PaymentState.FAILED, PaymentState.EXPIRED} & payments.COMMITTED
