"""Release on acceptance: everything is held until the buyer accepts, or until the inspection ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.agreements import Party as Side
from domain.errors import Conflict
from domain.terms import Release, Terms
from store.deals.deals import Deal
from store.payments.payments import Payment
from tests.fixtures.sagas import Market, Party, eventually

A_DAY = Terms(release=Release.ON_ACCEPTANCE, inspection_s=24 * 3600)
DAY = timedelta(days=1, seconds=1)


async def _inspected(market: Market) -> tuple[Party, Party, Deal, Payment]:
    """Funded by two payments, of which the second is given."""
    seller, buyer, deal = await market.sale(terms=A_DAY)
    await market.until(await market.paid(deal, buyer, "200.00"), "held")
    payment = await market.paid(deal, buyer)
    await market.until(deal, "funded")
    assert await market.balance(seller) == "0.00, 0.00 held"
    return seller, buyer, deal, payment


async def test_the_seller_is_paid_when_the_buyer_accepts(market: Market) -> None:
    seller, _, deal, payment = await _inspected(market)
    assert (await market.now(payment)).state == "held"
    await market.accept(deal)
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
    assert await market.bank.violations() == []
    assert await market.alarms() == {}


async def test_the_seller_is_paid_when_the_inspection_ends(market: Market) -> None:
    seller, _, deal, _ = await _inspected(market)
    await market.pass_time(deal, DAY)
    await market.until(deal, "completed")
    assert (await market.now(deal)).accepted_at is None
    assert await market.balance(seller) == "475.00, 0.00 held"
    assert await market.alarms() == {}


async def test_both_parties_undo_it_within_that_time_and_everything_goes_back_fee_included(market: Market) -> None:
    seller, buyer, deal, _ = await _inspected(market)
    await market.cancel(deal, Side.SELLER, "Sold out")
    assert (await market.now(deal)).state == "funded"
    await market.cancel(deal, Side.BUYER)
    await market.until(deal, "cancelled")
    assert (await market.now(deal)).verdict == "funded"
    assert [payment.state for payment in await market.payments(deal)] == ["refunded", "refunded"]
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
    assert await market.refunds(deal) == []
    assert await market.alarms() == {}


async def test_after_that_time_it_cannot_be_undone_even_before_the_timer_has_rung(idle_market: Market) -> None:
    market = idle_market
    async with market.working():
        seller, _, deal, _ = await _inspected(market)
    await market.set_clock(deal, DAY)
    with pytest.raises(Conflict, match="inspection_over"):
        await market.cancel(deal, Side.BUYER)
    async with market.working():
        await market.pass_time(deal, DAY)
        await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
    assert await market.alarms() == {}


async def test_what_was_completed_after_an_inspection_can_be_refunded(market: Market) -> None:
    seller, buyer, deal, _ = await _inspected(market)
    await market.accept(deal)
    with pytest.raises(Conflict, match="release_begun"):
        await market.cancel(deal, Side.BUYER)
    await market.until(deal, "completed")
    await market.until(await market.refund(deal), "refunded")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
    assert await market.alarms() == {}


async def test_the_redrive_releases_a_deal_whose_workflow_was_terminated_while_the_buyer_inspected(
    market: Market,
) -> None:
    seller, _, deal, _ = await _inspected(market)
    await market.workflow(deal).terminate("drill")
    await eventually(market.workflow(deal).describe, lambda seen: seen.close_time is not None, "the workflow to close")
    await market.set_clock(deal, DAY)
    await market.redrive()
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
    assert await market.alarms() == {}
