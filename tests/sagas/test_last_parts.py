"""The two last parts of a deal, whose codes are submitted within a moment of each other."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pytest
from sqlalchemy import text

from store.deals.deals import Deal
from store.payments.payments import Payment
from tests.fixtures.sagas import Market

DEALS: Final = 6
APART_S: Final = 0.05
AT_ONCE: Final = 6
SEED: Final = 50

_HAPPENED = text(
    "SELECT type, count(*) AS number FROM events WHERE subject_id = ANY (:ids)"
    " AND type IN ('deal.funded', 'deal.completed', 'payment.credit', 'payment.commission') GROUP BY type"
)


@dataclass
class Pair:
    """A deal whose two parts each await only their code; `apart_s`: how much later the second code is submitted."""

    deal: Deal
    parts: Sequence[tuple[Payment, str]]
    apart_s: float

    async def submit(self, market: Market) -> None:
        async def later(part: tuple[Payment, str], delay_s: float) -> None:
            await asyncio.sleep(delay_s)
            await market.submit(*part)

        first, second = self.parts
        await asyncio.gather(later(first, max(0.0, -self.apart_s)), later(second, max(0.0, self.apart_s)))


@pytest.mark.timeout(600)
async def test_two_last_parts_that_arrive_together_fund_the_deal_once(market: Market) -> None:
    dice, gate = random.Random(SEED), asyncio.Semaphore(AT_ONCE)  # repeatable
    seller = await market.party(2, None)

    async def paid_in_two(apart_s: float) -> Pair:
        async with gate:
            buyer = await market.party(dice.choice((1, 3)))
            deal = await market.deal(seller, buyer, "100.00")
            pair = Pair(
                deal, [await market.asked_for_code(deal, buyer, share) for share in ("60.00", "40.00")], apart_s
            )
            await pair.submit(market)
            await market.until(deal, "completed")
            return pair

    pairs = await asyncio.gather(*(paid_in_two(dice.uniform(-APART_S, APART_S)) for _ in range(DEALS)))

    assert await _events(market, pairs) == {
        "deal.funded": DEALS,
        "deal.completed": DEALS,
        "payment.credit": 2 * DEALS,
        "payment.commission": 2 * DEALS,
    }
    assert await market.balance(seller) == f"{95 * DEALS}.00, 0.00 held"
    assert await market.bank.violations() == []
    assert await market.alarms() == {}


async def _events(market: Market, pairs: Sequence[Pair]) -> dict[str, int]:
    """How often what may happen once has happened, over all deals and their payments."""
    ids = [row.id for pair in pairs for row in (pair.deal, *(payment for payment, _ in pair.parts))]
    async with market.database.transaction() as session:
        return {row.type: row.number for row in await session.execute(_HAPPENED, {"ids": ids})}
