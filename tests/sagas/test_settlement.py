"""Settlement at once: the seller has each part as it is paid, and gives it back when the price is not reached."""

from __future__ import annotations

from datetime import timedelta

from domain.agreements import Party as Side
from domain.terms import FeeBearer, FeePolicy, Settlement, Terms
from tests.fixtures.sagas import Market
from tests.fixtures.withholding import tell, withheld, withhold

AT_ONCE = Terms(Settlement.IMMEDIATE)
LATER = timedelta(seconds=601)


async def test_each_part_reaches_the_seller_at_once_and_the_commission_is_that_on_the_price(market: Market) -> None:
    seller, buyer, deal = await market.sale("333.33", commission_bp=333, terms=AT_ONCE, buyers_bank=2)
    first = await market.paid(deal, buyer, "111.11")
    await market.until(first, "completed")
    assert await market.balance(seller) == "107.41, 0.00 held"
    await market.until(deal, "partially_paid")
    await market.paid(deal, buyer)
    await market.until(deal, "completed")
    assert await market.balance(seller) == "322.23, 0.00 held"  # 333.33 less 11.10
    assert await market.balance(buyer) == "666.67, 0.00 held"
    assert await market.bank.violations() == []
    assert await market.alarms() == {}


async def test_a_missed_deadline_takes_everything_back_from_the_seller_fee_included(market: Market) -> None:
    seller, buyer, deal = await market.sale(terms=AT_ONCE)
    for amount in ("100.00", "250.00"):
        await market.until(await market.paid(deal, buyer, amount), "completed")
    waiting = await market.pay(deal, buyer, "50.00")
    await market.until(waiting, "awaiting_code")

    await market.pass_time(deal, LATER)

    await market.until(deal, "expired")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
    [refund] = await market.refunds(deal)
    assert (refund.cause, refund.state, refund.amount_minor) == ("deadline", "refunded", 350_00)
    assert [payment.state for payment in await market.payments(deal)] == ["completed", "completed", "expired"]
    await market.workflow(deal).result()
    assert await market.bank.violations() == []
    assert await market.alarms() == {}


async def test_the_fee_stays_with_the_payer_where_the_terms_say_so(market: Market) -> None:
    seller, buyer = await market.party(2, None), await market.party(1)
    terms = Terms(Settlement.IMMEDIATE, fees=FeePolicy(deadline=FeeBearer.PAYER))
    deal = await market.deal(seller, buyer, "500.00", terms=terms)
    payment = await market.paid(deal, buyer, "100.00")
    await market.until(payment, "completed")
    await market.pass_time(deal, LATER)
    await market.until(deal, "expired")
    assert payment.fee_minor > 0
    assert await market.balance(buyer) == f"{1000 - payment.fee_minor / 100:.2f}, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
    assert await market.alarms() == {}


async def test_a_late_answer_to_a_code_in_time_completes_the_price_and_nothing_is_clawed_back(market: Market) -> None:
    seller, buyer, deal = await market.sale(terms=AT_ONCE)
    await market.until(await market.paid(deal, buyer, "200.00"), "completed")
    last, code = await market.asked_for_code(deal, buyer)
    await withhold(market.bank, 1, "debit")
    await market.submit(last, code)
    await market.pass_time(deal, LATER)
    await market.until(deal, "settling")
    await market.bank_reports(1, last)
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
    assert await market.refunds(deal) == []
    assert await market.alarms() == {}


async def test_a_late_answer_that_does_not_complete_the_price_is_voided_and_the_rest_clawed_back(
    market: Market,
) -> None:
    seller, buyer, deal = await market.sale(terms=AT_ONCE)
    await market.until(await market.paid(deal, buyer, "200.00"), "completed")
    last, code = await market.asked_for_code(deal, buyer, "100.00")
    await withhold(market.bank, 1, "debit")
    await market.submit(last, code)
    await market.pass_time(deal, LATER)
    await market.until(deal, "settling")
    await market.bank_reports(1, last)
    await market.until(deal, "expired")
    assert (await market.now(last)).state == "refunded"
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
    assert await market.alarms() == {}


async def test_what_was_owed_to_the_seller_goes_back_too(market: Market) -> None:
    seller, buyer, deal = await market.sale(terms=AT_ONCE)
    payment, code = await market.asked_for_code(deal, buyer, "200.00")
    await market.bank.post(f"/accounts/{seller.number}/closure", {})
    await market.submit(payment, code)
    await market.until(payment, "payable")
    await market.pass_time(deal, LATER)
    await market.until(deal, "expired")
    assert (await market.now(payment)).state == "refunded"
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.alarms() == {}


async def test_both_parties_cancel_and_the_cause_is_who_proposed_it(market: Market) -> None:
    seller, buyer, deal = await market.sale(terms=AT_ONCE)
    payment = await market.paid(deal, buyer, "200.00")
    await market.until(payment, "completed")
    await market.cancel(deal, Side.BUYER, "Changed my mind")
    assert (await market.now(deal)).state == "partially_paid"
    await market.cancel(deal, Side.SELLER)
    await market.until(deal, "cancelled")
    [refund] = await market.refunds(deal)
    assert (refund.cause, refund.fee) == ("buyer", "payer")
    assert await market.balance(buyer) == f"{1000 - payment.fee_minor / 100:.2f}, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
    assert await market.alarms() == {}


async def test_the_redriver_claws_back_what_a_terminated_refund_left_behind(idle_market: Market) -> None:
    market = idle_market
    async with market.working():
        seller, buyer, deal = await market.sale(terms=AT_ONCE, buyers_bank=2)
        await market.until(await market.paid(deal, buyer, "200.00"), "completed")
        await withhold(market.bank, 2, "refund")
        await market.pass_time(deal, LATER)
        await market.until(deal, "settling")
        await withheld(market.bank)
    [refund] = await market.refunds(deal)
    await market.workflow(refund).terminate("drill")
    await market.workflow(deal).terminate("drill")
    await tell(market.bank, 2)
    async with market.working():
        await market.redrive()
        await market.until(deal, "expired")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
    assert await market.alarms() == {}


async def test_a_deal_cancelled_by_an_operator_claws_back_payouts_fee_included(market: Market) -> None:
    seller, buyer, deal = await market.sale(terms=AT_ONCE)
    await market.until(await market.paid(deal, buyer, "200.00"), "completed")
    await market.workflow(deal).cancel()
    await market.until(deal, "cancelled")
    assert [refund.cause for refund in await market.refunds(deal)] == ["dispute"]
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
    assert await market.alarms() == {}
