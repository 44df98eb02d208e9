"""What operators read: every state has its words, and they say no more than is so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.deals import FINAL, DealState, Verdict
from domain.payments import FINAL as PAYMENT_FINAL
from domain.payments import PaymentState
from market import deals, payments
from payloads.deal import DealOrder, DealView
from payloads.payment import PaymentOrder, PaymentView, StepRef
from payloads.refund import RefundOrder, RefundView
from store.deals.deals import Deal
from workflows.words import deal_words, payment_words, refund_words

PAY_BY = "2026-01-31T09:05:00.250+00:00"
DEAL = DealView("d1", "awaiting_payment", held="200.00 RUB", price="500.00 RUB", pay_by=PAY_BY)
ORDER = PaymentOrder("p1", "d1", "b1", "s1", "RUB", "300.00 RUB", "20.00 RUB")
PAYMENT = PaymentView("p1", "opening")
REFUND = RefundOrder("r1", "d1", "b1", "s1", "RUB", "300.00 RUB", "buyer")
LOOK = "An operator should look"


@pytest.mark.parametrize("state", DealState)
def test_every_state_of_a_deal_has_words_with_money_and_deadline(state: DealState) -> None:
    words = deal_words(replace(DEAL, state=state, final=state in FINAL))
    assert words.startswith("### ")
    assert "**200.00 RUB** of **500.00 RUB**" in words
    assert "2026-01-31 09:05:00.250 UTC" in words
    assert "{" not in words


@pytest.mark.parametrize("state", PaymentState)
def test_every_state_of_a_payment_has_words_with_amount_fee_and_deal(state: PaymentState) -> None:
    words = payment_words(ORDER, replace(PAYMENT, state=state, final=state in PAYMENT_FINAL))
    assert words.startswith("### ")
    assert "**300.00 RUB** and a fee of 20.00 RUB, for deal/d1" in words


@pytest.mark.parametrize("state", DealState)
def test_no_two_states_of_a_deal_read_the_same(state: DealState) -> None:
    others = [deal_words(replace(DEAL, state=other)) for other in DealState if other != state]
    assert deal_words(replace(DEAL, state=state)) not in others


@pytest.mark.parametrize("state", PaymentState)
def test_no_two_states_of_a_payment_read_the_same(state: PaymentState) -> None:
    others = [payment_words(ORDER, replace(PAYMENT, state=other)) for other in PaymentState if other != state]
    assert payment_words(ORDER, replace(PAYMENT, state=state)) not in others


def test_a_payment_that_a_bank_has_put_off_says_why_and_until_when() -> None:
    words = payment_words(ORDER, replace(PAYMENT, delay_reason="too_many_codes_sent", delayed_until=PAY_BY))
    assert "limit of the bank (too_many_codes_sent): it is asked again at 2026-01-31 09:05:00.250 UTC" in words


def test_a_settling_deal_names_the_payments_whose_bank_owes_an_answer() -> None:
    words = deal_words(replace(DEAL, state="settling", unresolved=["p1", "p2"]))
    assert "the verdict waits for banks" in words
    assert "final answer: payment/p1, payment/p2" in words


def test_a_deal_that_was_judged_not_funded_waits_for_no_verdict() -> None:
    words = deal_words(replace(DEAL, state="settling", verdict=Verdict.NOT_FUNDED, unfinished=["p1"]))
    assert words.startswith("### Not funded; everything goes back")
    assert "verdict" not in words
    assert "money still moving: payment/p1" in words


def test_a_deal_that_the_buyer_inspects_says_until_when_and_what_then() -> None:
    words = deal_words(replace(DEAL, state="funded", verdict="funded", inspect_by=PAY_BY, wait_s=60.0))
    assert words.startswith("### Funded; the buyer inspects")
    assert "when the buyer accepts, or at 2026-01-31 09:05:00.250 UTC" in words


def test_a_deal_that_was_undone_while_inspected_does_not_say_that_it_was_not_funded() -> None:
    words = deal_words(replace(DEAL, state="settling", verdict=Verdict.FUNDED))
    assert words.startswith("### Reversed after funding")
    assert "Not funded" not in words


def test_a_deal_that_claws_back_its_releases_says_so() -> None:
    words = deal_words(replace(DEAL, state="settling", verdict=Verdict.NOT_FUNDED, clawbacks=["r1"]))
    assert words.startswith("### Closed; what the seller received goes back to the payers")


def test_a_refund_says_what_is_next_what_it_waits_for_and_that_it_is_done() -> None:
    view = RefundView("r1", "returning")
    steps = [StepRef("p2", "refund", 1), StepRef("p1", "refund", 2)]
    assert "next: refund 1, then refund 2" in refund_words(REFUND, replace(view, steps=steps))
    assert "Waiting for an earlier refund of the deal" in refund_words(REFUND, view)
    again = replace(view, retry_in_s=3000.0, retry_at="2026-01-31T09:05:00.000000Z")
    for code in ("insufficient_funds", "guarantee_exhausted"):
        refused = refund_words(REFUND, replace(again, refused=code))
        assert LOOK in refused and "2026-01-31 09:05:00.000 UTC" in refused and code in refused.splitlines()[0]
        assert ("guarantee account" in refused) == (code == "guarantee_exhausted")
    assert "another account or wallet" in refund_words(REFUND, replace(view, refused="account_closed"))
    done = refund_words(REFUND, replace(view, state="refunded", final=True))
    assert done.startswith("### Refunded") and "**300.00 RUB** (buyer), for deal/d1" in done


def test_a_completed_deal_with_a_payable_does_not_say_that_the_seller_was_paid() -> None:
    words = deal_words(replace(DEAL, state="completed", verdict="funded", final=True, unfinished=["p1"]))
    assert "has been paid" not in words
    assert "owed when the deal ended: payment/p1" in words


def test_a_flag_calls_an_operator_until_the_end_and_is_then_only_shown() -> None:
    assert LOOK in deal_words(replace(DEAL, flagged=True))
    assert LOOK not in deal_words(DEAL)
    ended = deal_words(replace(DEAL, state="expired", final=True, flagged=True))
    assert LOOK not in ended
    assert "Flagged on the way" in ended
    assert LOOK in payment_words(ORDER, replace(PAYMENT, state="processing", flagged=True))
    assert LOOK not in payment_words(ORDER, replace(PAYMENT, state="refunded", final=True, flagged=True))


@pytest.mark.parametrize("state", ["releasing", "returning"])
def test_a_payment_with_only_a_refused_step_says_that_it_needs_a_person(state: str) -> None:
    stuck = replace(PAYMENT, state=state, flagged=True)
    assert "nothing continues by itself" in payment_words(ORDER, stuck)
    trying = replace(stuck, steps=[StepRef("p1", "void", 1)])
    assert "nothing continues by itself" not in payment_words(ORDER, trying)


def test_the_steps_to_come_are_named_in_order() -> None:
    steps = [StepRef("p1", "capture", 1), StepRef("p1", "credit", 1), StepRef("p1", "commission", 1)]
    words = payment_words(ORDER, replace(PAYMENT, state="releasing", steps=steps))
    assert "next: capture 1, then credit 1, then commission 1" in words


def test_the_details_lead_from_a_deal_to_its_payments_and_from_a_payment_to_its_deal() -> None:
    deal = DealOrder("d1", "b1", "s1", "RUB", "500.00 RUB", PAY_BY)
    assert "](namespaces/shop/workflows?query=%60DealId%60%3D%22d1%22)" in deals.details("shop", deal, Deal())
    assert "](namespaces/shop/workflows/deal%2Fd1)" in payments.details("shop", ORDER)
