"""A sandbox's clock: what is due at a deal's new time happens at once, by workflows that run in real time."""

from __future__ import annotations

from datetime import timedelta

from domain.refunds import TRY_AGAIN_AFTER
from domain.terms import Cause, Release, Terms
from market.actor import Actor
from market.refunds import view_of
from market.signals import send
from market.test_clocks import advance
from store.deals.deals import Deal
from tests.fixtures.sagas import Market, eventually
from tests.sagas.test_test_accounts import completed, sale, statuses

A_DAY = Terms(release=Release.ON_ACCEPTANCE, inspection_s=24 * 3600)


async def moved(market: Market, deal: Deal, by: timedelta) -> None:
    """As `POST /deals/{id}/test-clock` does it."""
    actor = Actor(market.marketplace_id)
    outcome = await market.database.run(lambda session: advance(session, actor, deal.id, by))
    for signal in outcome.signals:
        await send(market.sagas, signal)


async def test_a_proposal_lapses_and_a_deal_expires_with_its_money_back(market: Market) -> None:
    _, _, proposed = await market.service(answer_within_s=7 * 86_400)
    _, buyer, deal = await market.sale(pay_within_s=7 * 86_400)
    part = await market.paid(deal, buyer, "200.00")
    await market.until(deal, "partially_paid")
    for row in (proposed, deal):
        await moved(market, row, timedelta(days=7))
    await market.until(proposed, "lapsed")
    await market.until(deal, "expired")
    await market.until(part, "refunded")
    assert await market.balance(buyer) == "1000.00, 0.00 held"


async def test_an_inspection_ends_and_the_seller_is_paid(market: Market) -> None:
    seller, buyer, deal = await market.sale(terms=A_DAY)
    await moved(market, deal, timedelta(seconds=300))  # an inspection is counted from the deal's time
    await market.paid(deal, buyer)
    await market.until(deal, "funded")
    assert await market.balance(seller) == "0.00, 0.00 held"
    await moved(market, deal, timedelta(days=1))
    await completed(market, seller, deal)


async def test_a_refused_refund_is_tried_again_when_an_hour_has_passed_since_then(market: Market) -> None:
    seller, buyer, deal = await sale(market, "refuses_first_refund")
    payment = await market.paid(deal, buyer)
    await completed(market, seller, deal)
    await moved(market, deal, 2 * TRY_AGAIN_AFTER)
    refund = await market.refund(deal, cause=Cause.SELLER)
    await eventually(lambda: market.now(refund), lambda seen: seen.flagged_at is not None, "the refund flagged")
    async with market.database.transaction() as session:
        view = (await view_of(session, refund.id)).value
    assert view.retry_in_s is not None and view.retry_in_s > TRY_AGAIN_AFTER.total_seconds() / 2

    await moved(market, deal, TRY_AGAIN_AFTER)
    await market.until(refund, "refunded")
    assert await statuses(market, payment, "refund") == [409, 201]
    assert await market.balance(seller) == "0.00, 0.00 held"
