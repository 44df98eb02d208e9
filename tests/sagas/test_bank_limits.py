"""A bank with a long-lasting limit: the payer is informed, the bank asked again automatically, and the payer free to
act.
"""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from temporalio.client import WorkflowHandle

from domain.money import Money
from store.deals.deals import Deal
from store.payments.payments import Payment
from tests.bank.test_behaviour_rules import rule
from tests.fixtures.bank_limits import codes_again, no_more_codes
from tests.fixtures.party_wallets import wallet_of, withdrawn
from tests.fixtures.sagas import Market, Party, eventually
from tests.fixtures.shared_market import market, opened_market

__all__ = ["market", "opened_market"]

HOUR = timedelta(hours=1)


async def delayed(market: Market, payment: Payment) -> Payment:
    return await eventually(lambda: market.now(payment), lambda seen: seen.delayed_until is not None, "the delay")


async def without_codes(market: Market, pay_within_s: int = 7200) -> tuple[Party, Deal, Payment]:
    """A payment for whose payer the bank sends no code for an hour."""
    _, buyer, deal = await market.sale(pay_within_s=pay_within_s)
    await no_more_codes(market.bank, buyer.number)
    payment = await market.pay(deal, buyer)
    return buyer, deal, await delayed(market, payment)


async def asked_for_codes(market: Market, payment: Payment) -> int:
    return sum(1 for row in await market.bank_requests(payment) if row["step"] == "code")


async def test_a_code_that_the_bank_does_not_send_for_an_hour_is_asked_for_again_after_it(market: Market) -> None:
    buyer, deal, payment = await without_codes(market)
    assert (payment.state, payment.delay_reason) == ("opening", "too_many_codes_sent")
    assert payment.delayed_until is not None
    # From when the hour began, a moment before the payment, to the second.
    assert abs(payment.delayed_until - payment.created_at - HOUR) < timedelta(minutes=5)
    asked = await asked_for_codes(market, payment)

    await market.redrive()  # a look meanwhile finds nothing to do
    assert (await market.now(payment)).delayed_until == payment.delayed_until
    assert await asked_for_codes(market, payment) == asked
    description = await market.workflow(payment).describe()
    assert not description.raw_description.pending_activities  # only a timer waits

    await codes_again(market.bank, buyer.number)
    await market.set_clock(deal, HOUR)
    await market.environment.fast_forward(market.workflow(payment), HOUR)
    await market.submit(payment, await market.code(buyer))
    await market.until(deal, "completed")
    now = await market.now(payment)
    assert (now.delayed_until, now.delay_reason, now.flagged_at) == (None, None, None)
    assert await market.bank.violations() == []
    assert await market.alarms() == {}


async def test_the_deadline_does_not_wait_for_a_bank_that_sends_no_codes(market: Market) -> None:
    _, deal, payment = await without_codes(market, pay_within_s=600)
    await market.pass_time(deal, timedelta(seconds=601))
    await market.until(deal, "expired")
    ended = await market.now(payment)
    assert (ended.state, ended.delayed_until) == ("expired", None)
    assert await market.alarms() == {}


async def test_who_does_not_want_to_wait_gives_up_and_pays_from_another_account(market: Market) -> None:
    buyer, deal, payment = await without_codes(market)
    await market.return_payment(payment)
    await market.until(payment, "cancelled")
    other = await market.party(3)
    other.user = buyer.user
    await codes_again(market.bank, buyer.number)  # the other account has a limit of its own; this one pays here
    await market.paid(deal, buyer)
    await market.until(deal, "completed")
    assert await market.alarms() == {}


async def test_a_code_that_was_sent_still_counts_while_the_bank_sends_no_other(market: Market) -> None:
    _, buyer, deal = await market.sale()
    payment, code = await market.asked_for_code(deal, buyer)
    await no_more_codes(market.bank, buyer.number)
    await market.another_code(payment)
    assert (await delayed(market, payment)).state == "awaiting_code"
    await market.submit(payment, code)
    await market.until(deal, "completed")
    assert (await market.now(payment)).delayed_until is None
    assert await market.alarms() == {}


async def pending(workflow: WorkflowHandle[object, object]) -> timedelta:
    """How long the activity deferred by a bank still waits; None without one."""
    description = await workflow.describe()
    for activity in description.raw_description.pending_activities:
        if activity.HasField("next_attempt_schedule_time"):
            when = activity.next_attempt_schedule_time.ToDatetime(UTC)
            last = activity.last_attempt_complete_time.ToDatetime(UTC)
            return when - last
    return timedelta(0)


async def defer(workflow: WorkflowHandle[object, object]) -> timedelta:
    return await eventually(lambda: pending(workflow), lambda wait: wait > timedelta(minutes=2), "the wait")


async def test_any_step_of_a_payment_is_put_off_as_long_as_the_bank_says_and_the_payer_can_see_it(
    market: Market,
) -> None:
    for step in ("open", "debit", "capture", "credit"):
        _, buyer, deal = await market.sale(sellers_bank=1)
        await market.bank.behave(1, rule("busy", steps=[step], retry_after_s=900, times=None))
        payment = await market.pay(deal, buyer)
        if step != "open":
            await market.submit(payment, await market.code(buyer))
        seen = await delayed(market, payment)
        assert (seen.delay_reason, seen.flagged_at) == ("too_many_requests", None), step
        assert timedelta(minutes=14) < await defer(market.workflow(payment)) < timedelta(minutes=16), step
        await market.bank.behave(1)
        await market.sagas.ask_again(Payment, payment.id)  # as a webhook of the bank does
        if step == "open":
            await market.submit(payment, await market.code(buyer))
        await market.until(deal, "completed")
        assert (await market.now(payment)).delayed_until is None, step
    assert await market.bank.violations() == []


async def test_a_void_a_refund_and_a_payout_are_put_off_as_long_as_the_bank_says(market: Market) -> None:
    seller, buyer, deal = await market.sale(sellers_bank=1)
    await market.paid(deal, buyer)
    await market.until(deal, "completed")
    other = await market.deal(seller, buyer, "200.00")
    given_up = await market.pay(other, buyer)
    await market.code(buyer)
    await market.until(given_up, "awaiting_code")
    await market.bank.fund(1, Money(1_000_00, "RUB"))
    wallet = await wallet_of(market, buyer, "100.00")
    await market.bank.behave(1, rule("busy", steps=["void", "refund", "payout"], retry_after_s=86_400, times=None))

    await market.return_payment(given_up)
    refund = await market.refund(deal, "100.00")
    withdrawal = await withdrawn(market, wallet, buyer)
    for row in (given_up, refund, withdrawal):
        assert await defer(market.workflow(row)) == pytest.approx(HOUR, abs=timedelta(minutes=1))  # and no day
    await market.bank.behave(1)
    for row in (given_up, refund, withdrawal):
        assert await market.sagas.ask_again(type(row), row.id)
    await market.until(given_up, "cancelled")
    await market.until(refund, "refunded")
    await market.until(withdrawal, "paid")
