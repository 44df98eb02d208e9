"""Service deals as workflows: answered in time or not, then paid and undone like any deal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.agreements import Party as Side
from domain.errors import Conflict
from domain.terms import Release, Terms
from store.deals.deals import Deal
from tests.fixtures.sagas import Market, eventually
from tests.fixtures.shared_market import market, opened_market

__all__ = ["market", "opened_market"]

A_DAY = Terms(release=Release.ON_ACCEPTANCE, inspection_s=24 * 3600)
A_DAY_LATER = timedelta(days=1, seconds=1)


async def _over(market: Market, deal: Deal) -> str:
    """How the deal's workflow ended."""
    described = await eventually(
        market.workflow(deal).describe, lambda seen: seen.close_time is not None, "the end of its workflow"
    )
    return described.status.name if described.status else ""


@pytest.mark.source("escrow deals:30-31")
async def test_a_confirmed_service_is_paid_in_parts_and_its_seller_is_paid_after_the_acceptance(market: Market) -> None:
    seller, buyer, deal = await market.service(terms=A_DAY)
    with pytest.raises(Conflict, match="deal_unconfirmed"):
        await market.pay(deal, buyer)
    await market.confirm(deal)
    await market.until(await market.paid(deal, buyer, "200.00"), "held")
    await market.paid(deal, buyer)
    await market.until(deal, "funded")
    assert await market.balance(seller) == "0.00, 0.00 held"
    await market.accept(deal)
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
    assert await _over(market, deal) == "COMPLETED"
    assert await market.bank.violations() == []
    assert await market.alarms() == {}


async def test_a_service_that_nobody_inspects_any_more_pays_its_seller(market: Market) -> None:
    seller, buyer, deal = await market.service(terms=A_DAY)
    await market.confirm(deal)
    await market.paid(deal, buyer)
    await market.until(deal, "funded")
    await market.pass_time(deal, A_DAY_LATER)
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"


async def test_both_undo_a_funded_service_and_everything_goes_back_fee_included(market: Market) -> None:
    seller, buyer, deal = await market.service(terms=A_DAY)
    await market.confirm(deal)
    await market.paid(deal, buyer)
    await market.until(deal, "funded")
    await market.cancel(deal, Side.SELLER)
    await market.cancel(deal, Side.BUYER)
    await market.until(deal, "cancelled")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
    assert await market.alarms() == {}


@pytest.mark.source("escrow deals:7-9")
async def test_a_service_that_is_denied_retracted_or_not_answered_ends_with_its_workflow(market: Market) -> None:
    seller, buyer, denied = await market.service()
    retracted, lapsed = await market.proposed(seller, buyer), await market.proposed(seller, buyer)
    await market.deny(denied)
    await market.retract(retracted)
    await market.environment.fast_forward(market.workflow(lapsed), timedelta(seconds=601))
    assert (await market.now(lapsed)).state == "proposed"  # only the database's clock decides
    await market.pass_time(lapsed, timedelta(seconds=601))
    for deal, state in ((denied, "denied"), (retracted, "cancelled"), (lapsed, "lapsed")):
        ended = await market.until(deal, state)
        assert (ended.verdict, ended.confirmed_at) == (None, None)
        assert await _over(market, deal) == "COMPLETED"
    assert await market.alarms() == {}


async def test_a_confirmed_service_that_is_not_paid_in_time_expires(market: Market) -> None:
    _, buyer, deal = await market.service(pay_within_s=600)
    await market.confirm(deal)
    held = await market.paid(deal, buyer, "200.00")
    await market.until(held, "held")
    await market.pass_time(deal, timedelta(seconds=601))
    await market.until(deal, "expired")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.alarms() == {}


async def test_an_answer_whose_signal_was_lost_is_found_by_the_redriver(idle_market: Market) -> None:
    market = idle_market
    seller, buyer, denied = await market.service()
    paid = await market.proposed(seller, buyer)
    for deal in (denied, paid):
        await market.environment.client.get_workflow_handle(market.workflow(deal).id).terminate("lost")
    await market.deny(denied)
    await market.confirm(paid)
    for deal in (denied, paid):
        await market.environment.client.get_workflow_handle(market.workflow(deal).id).terminate("lost")
    async with market.working():
        await market.redrive()
        await market.paid(paid, buyer)
        await market.until(paid, "completed")
    assert (await market.now(denied)).state == "denied"
    assert await market.alarms() == {}


async def test_a_proposed_service_is_cancelled_from_the_temporal_ui(market: Market) -> None:
    _, _, deal = await market.service()
    await market.workflow(deal).cancel()
    await market.until(deal, "cancelled")
    assert await _over(market, deal) == "CANCELED"
    assert await market.alarms() == {}


async def test_a_performer_disputes_a_service_and_both_agree_how_to_divide_the_price(market: Market) -> None:
    seller, buyer, deal = await market.service(terms=A_DAY)
    await market.confirm(deal)
    await market.paid(deal, buyer)
    await market.until(deal, "funded")
    await market.dispute(deal, "The customer does not answer", Side.SELLER, answered=False)
    await market.pass_time(deal, A_DAY_LATER)
    number = await market.offer_to_settle(deal, Side.BUYER, "200.00")
    await market.accept_offer(deal, Side.SELLER, number)
    await market.until(deal, "split")
    assert await market.balance(seller) == "285.00, 0.00 held"
    assert await market.balance(buyer) == "692.50, 0.00 held"  # 512.50 less 200.00 and 5.00 of the fee
    assert await market.alarms() == {}
