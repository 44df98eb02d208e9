"""A deal that is paid in many parts: what a part costs does not grow with those before it."""

from __future__ import annotations

from tests.fixtures.histories import results
from tests.fixtures.party_wallets import fill, paid_from_wallet
from tests.fixtures.sagas import Market

PARTS = 9


async def test_what_a_deal_writes_down_for_a_part_is_the_same_for_the_first_and_for_the_last(market: Market) -> None:
    seller, buyer = await market.party(2, None), await market.party(1)
    await fill(market, buyer, "500.00")
    deal = await market.deal(seller, buyer, "500.00")
    for _ in range(PARTS):
        await market.until(await paid_from_wallet(market, deal, buyer, "10.00"), "held")
    await market.signal(deal)
    held = await _looks(market, deal_id=str(deal.id))
    assert len(held) > PARTS / 2
    assert max(held) - min(held) < 60  # of the length of an id, once, and of a few digits
    await paid_from_wallet(market, deal, buyer)
    await market.until(deal, "completed")
    assert max(await _looks(market, deal_id=str(deal.id))) - min(held) < 60 * (PARTS + 1) * 2
    assert await market.alarms() == {}


async def _looks(market: Market, *, deal_id: str) -> list[int]:
    """How many bytes each look at the deal has taken in the history."""
    handle = market.environment.client.get_workflow_handle(f"deal/{deal_id}")
    return [result.ByteSize() for result in results([event async for event in handle.fetch_history_events()])]
