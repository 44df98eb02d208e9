"""More stories whose histories are kept: what operators decide."""

from __future__ import annotations

from domain import keys
from domain.money import Money
from domain.overrides import OverrideKind
from domain.terms import Release, Terms
from store.payments.overrides import Asked
from tests.fixtures.sagas import Market
from tests.replay.stories import BOOK, Ids, story
from tests.sagas.test_override import decided

__all__ = ["BOOK"]


@story(
    "disputed-and-split",
    {"deal": "split", "override-1": "done", "refund-1": "refunded"},
    {"deal": "the lid was broken", "override-1": '"split"'},
)
async def disputed_and_split(market: Market) -> Ids:
    _, buyer, deal = await market.sale(terms=Terms(release=Release.ON_ACCEPTANCE, inspection_s=3600))
    await market.paid(deal, buyer)
    await market.until(deal, "funded")
    await market.dispute(deal)
    override = await decided(market, deal, Asked(OverrideKind.SPLIT, "the lid was broken", amount=Money(10_000, "RUB")))
    await market.until(deal, "split")
    [refund] = await market.refunds(deal)
    return {
        "deal": market.workflow(deal).id,
        "override-1": keys.override_workflow(str(override.id)),
        "refund-1": market.workflow(refund).id,
    }
