"""Deals from purchase to their end, on the real database, the real bank, real mail and the real Temporal server."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fixtures.sagas import Market
from tests.fixtures.withholding import withhold


@pytest.mark.source("marketplace:91-92")
async def test_a_deal_paid_in_two_parts_between_two_banks_pays_the_seller_less_commission(market: Market) -> None:
    seller, buyer, deal = await market.sale(commission_bp=500)

    first = await market.paid(deal, buyer, "200.00")
    await market.until(deal, "partially_paid")
    fee = first.fee_minor
    assert fee > 0
    assert await market.balance(buyer) == f"1000.00, {200 + fee / 100:.2f} held"

    second = await market.pay(deal, buyer)
    assert second.amount.amount == "300.00"
    await market.submit(second, await market.code(buyer))
    await market.until(deal, "completed")

    fees = (first.fee_minor + second.fee_minor) / 100
    assert await market.balance(buyer) == f"{500 - fees:.2f}, 0.00 held"
    assert await market.balance(seller) == "475.00, 0.00 held"
    assert [payment.state for payment in await market.payments(deal)] == ["completed", "completed"]
    assert await market.bank.violations() == []


async def test_an_underpaid_deal_gives_everything_back_fee_included(market: Market) -> None:
    seller, buyer, deal = await market.sale(pay_within_s=600)
    paid = await market.paid(deal, buyer, "200.00")
    await market.until(deal, "partially_paid")
    waiting = await market.pay(deal, buyer, "100.00")
    await market.until(waiting, "awaiting_code")

    await market.pass_time(deal, timedelta(seconds=601))

    await market.until(deal, "expired")
    assert (await market.now(paid)).state == "refunded"
    assert (await market.now(waiting)).state == "expired"
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
    assert await market.bank.violations() == []


@pytest.mark.source("marketplace:97-100", "marketplace:107-108")
async def test_the_last_part_submitted_in_time_counts_though_the_bank_answers_after_the_deadline(
    market: Market,
) -> None:
    seller, buyer, deal = await market.sale(pay_within_s=600)
    payment, code = await market.asked_for_code(deal, buyer)
    await withhold(market.bank, 1, "debit")

    attempt = await market.submit(payment, code)
    await market.pass_time(deal, timedelta(seconds=601))
    await market.until(deal, "settling")
    assert (await market.now(payment)).state == "processing"

    await market.bank_reports(1, payment)
    await market.until(deal, "completed")
    assert attempt.submitted_at <= deal.pay_by
    assert (await market.now(deal)).verdict == "funded"
    assert await market.balance(seller) == "475.00, 0.00 held"


@pytest.mark.source("marketplace:107-108")
async def test_a_code_entered_after_the_deadline_is_stored_as_late_and_never_sent_on(idle_market: Market) -> None:
    market = idle_market
    _, buyer, deal = await market.sale(pay_within_s=600)
    async with market.working():
        payment, code = await market.asked_for_code(deal, buyer)

    await market.set_clock(deal, timedelta(seconds=601))
    attempt = await market.submit(payment, code)
    assert attempt.state == "late"
    async with market.working():
        await market.pass_time(deal, timedelta(seconds=601))
        await market.until(deal, "expired")

    assert (await market.now(payment)).state == "expired"
    assert [row["step"] for row in await market.bank_requests(payment)] == ["open", "code", "void"]
    assert await market.balance(buyer) == "1000.00, 0.00 held"
