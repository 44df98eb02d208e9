"""Disputes: the buyer objects during the inspection, nothing moves before the decision, then it moves as decided."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from domain.agreements import Party as Side
from domain.errors import Conflict
from domain.money import Money
from domain.overrides import OverrideKind, OverrideState
from domain.terms import Release, Terms
from market.disputes import retract_dispute
from store.deals.deals import Deal
from store.payments.overrides import Asked
from tests.fixtures.sagas import Market, Party
from tests.sagas.test_override import decided, until_override

TERMS = Terms(release=Release.ON_ACCEPTANCE, inspection_s=24 * 3600)
AFTER_IT = timedelta(seconds=600 + 24 * 3600 + 60)


async def _disputed(market: Market) -> tuple[Party, Party, Deal]:
    """A deal of 500.00 that is paid and disputed, and whose inspection has ended."""
    seller, buyer, deal = await market.sale(terms=TERMS)
    await market.paid(deal, buyer)
    await market.until(deal, "funded")
    await market.dispute(deal, "The lid is broken")
    await market.pass_time(deal, AFTER_IT)
    await market.signal(deal)
    assert (await market.now(deal)).state == "disputed"
    assert await market.balance(buyer) == "1000.00, 512.50 held"
    return seller, buyer, deal


async def test_a_dispute_outlives_the_inspection_and_a_split_ends_it(market: Market) -> None:
    seller, buyer, deal = await _disputed(market)
    await decided(market, deal, Asked(OverrideKind.SPLIT, "half is broken", amount=Money(250_00, "RUB")))
    await market.until(deal, "split")
    assert await market.balance(seller) == "237.50, 0.00 held"
    assert await market.balance(buyer) == "743.75, 0.00 held"
    await market.until(await market.refund(deal), "refunded")  # the seller refunds the rest as well
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.alarms() == {}


async def test_what_a_split_has_left_is_refunded_by_an_override_without_an_amount(market: Market) -> None:
    _, buyer, deal = await _disputed(market)
    await decided(market, deal, Asked(OverrideKind.SPLIT, "half is broken", amount=Money(250_00, "RUB")))
    await market.until(deal, "split")
    override = await decided(market, deal, Asked(OverrideKind.REFUND, "the rest is broken too"))
    await until_override(market, override, OverrideState.DONE)
    await market.redrive()
    _, rest = await market.refunds(deal)
    await market.until(rest, "refunded")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    with pytest.raises(Conflict) as refused:  # at once, without approval
        await decided(market, deal, Asked(OverrideKind.REFUND, "once more"))
    assert refused.value.code == "exceeds_refundable"
    assert await market.alarms() == {}


async def test_that_a_deal_is_paid_is_mailed_once_despite_a_dispute(market: Market) -> None:
    _, _, deal = await _disputed(market)
    await decided(market, deal, Asked(OverrideKind.SPLIT, "half is broken", amount=Money(250_00, "RUB")))
    await market.until(deal, "split")
    query = text(
        "SELECT count(*), count(n.event_id) FROM events e LEFT JOIN notices n ON n.event_id = e.id "
        "WHERE e.deal_id = :deal AND e.type = 'deal.funded'"
    )
    async with market.database.transaction() as session:
        assert tuple((await session.execute(query, {"deal": deal.id})).one()) == (2, 1)


async def test_a_dispute_decided_for_the_buyer_gives_everything_back_fee_included(market: Market) -> None:
    seller, buyer, deal = await _disputed(market)
    await decided(market, deal, Asked(OverrideKind.REFUND, "it is broken indeed"))
    await market.until(deal, "refunded")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
    assert await market.alarms() == {}


async def test_a_dispute_decided_for_the_seller_pays_the_seller(market: Market) -> None:
    seller, _, deal = await _disputed(market)
    await decided(market, deal, Asked(OverrideKind.RELEASE, "the photographs are of another lid"))
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
    with pytest.raises(Conflict, match="has been paid already") as refused:
        await decided(market, deal, Asked(OverrideKind.RELEASE, "once more"))
    assert refused.value.code == "nothing_to_decide"
    assert await market.alarms() == {}


async def test_retracting_a_dispute_after_the_inspection_is_an_acceptance(market: Market) -> None:
    seller, _, deal = await _disputed(market)
    with pytest.raises(Conflict, match="nothing_proposed"):
        await market.decide(deal, lambda session, row: retract_dispute(session, row, Side.SELLER))
    await market.decide(deal, lambda session, row: retract_dispute(session, row, Side.BUYER))
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
    assert await market.alarms() == {}


async def test_the_parties_may_end_their_dispute_themselves(market: Market) -> None:
    _, buyer, deal = await _disputed(market)
    await market.cancel(deal, Side.SELLER, "As you like")
    await market.cancel(deal, Side.BUYER, "Then this")
    await market.until(deal, "cancelled")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    content_seller, _, content = await _disputed(market)
    await market.accept(content)
    await market.until(content, "completed")
    assert await market.balance(content_seller) == "475.00, 0.00 held"
    assert await market.alarms() == {}


async def test_only_the_buyer_disputes_and_only_during_the_inspection(idle_market: Market) -> None:
    market = idle_market
    seller, buyer, deal = await market.sale(terms=TERMS)

    async def refusal(side: Side) -> str:
        with pytest.raises(Conflict) as refused:
            await market.dispute(deal, "Broken", side)
        return refused.value.code

    assert await refusal(Side.BUYER) == "nothing_to_dispute"
    async with market.working():
        await market.paid(deal, buyer)
        await market.until(deal, "funded")
        assert await refusal(Side.SELLER) == "not_the_buyer"
    await market.set_clock(deal, AFTER_IT)  # and no worker that could release it first
    assert await refusal(Side.BUYER) == "inspection_over"
    async with market.working():
        await market.signal(deal)
        await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
