from __future__ import annotations

import pytest

from domain.errors import Conflict
from domain.payments import EndReason, PaymentState, end_of, may_cancel, may_request_code, may_submit


@pytest.mark.parametrize(
    ("state", "tries", "code"),
    [
        (PaymentState.OPENING, 0, "code_not_sent"),
        (PaymentState.PROCESSING, 1, "attempt_unresolved"),
        (PaymentState.AWAITING_CODE, 5, "no_tries_left"),
        (PaymentState.HELD, 1, "payment_ended"),
        (PaymentState.REFUNDED, 1, "payment_ended"),
    ],
)
def test_a_code_is_taken_only_where_it_can_be_redeemed(state: PaymentState, tries: int, code: str) -> None:
    may_submit(PaymentState.AWAITING_CODE, True, 4)
    may_submit(PaymentState.OPENING, True, 0)
    with pytest.raises(Conflict) as refusal:
        may_submit(state, state is not PaymentState.OPENING, tries)
    assert refusal.value.code == code


def test_three_codes_are_sent_for_a_payment_none_while_one_is_checked_and_no_fourth() -> None:
    may_request_code(PaymentState.AWAITING_CODE, 2)
    with pytest.raises(Conflict, match="attempt_unresolved"):
        may_request_code(PaymentState.PROCESSING, 1)
    with pytest.raises(Conflict, match="too_many_codes"):
        may_request_code(PaymentState.AWAITING_CODE, 3)


def test_a_payer_cancels_only_before_any_code_is_under_way() -> None:
    may_cancel(PaymentState.AWAITING_CODE)
    with pytest.raises(Conflict, match="attempt_unresolved"):
        may_cancel(PaymentState.PROCESSING)
    with pytest.raises(Conflict, match="payment_not_cancellable"):
        may_cancel(PaymentState.HELD)


def test_payments_that_took_money_end_refunded_and_the_others_by_their_reason() -> None:
    assert end_of(True, EndReason.DEADLINE) is PaymentState.REFUNDED
    assert end_of(False, EndReason.DEADLINE) is PaymentState.EXPIRED
    assert end_of(False, EndReason.CANCELLED) is PaymentState.CANCELLED
    assert end_of(False, EndReason.REFUSED) is PaymentState.FAILED
