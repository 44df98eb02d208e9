"""Stories of disputes."""

from __future__ import annotations

from datetime import timedelta

from domain import keys
from domain.agreements import Party as Side
from domain.disputes import ANSWER_WITHIN, DECIDE_WITHIN, Awaited
from domain.money import Money
from domain.overrides import OverrideKind
from domain.terms import Release, Terms
from store.payments.overrides import Asked
from tests.fixtures.sagas import Market
from tests.replay.stories import Ids, story
from tests.sagas.test_override import decided


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


@story("undisputed-part", {"deal": "split", "payment": "completed"}, {"payment": "kept"})
async def undisputed_part(market: Market) -> Ids:
    """A part is paid to the seller during the dispute; the rest follows, and the buyer gets what was agreed of it."""
    _, buyer, deal = await market.sale(terms=Terms(release=Release.ON_ACCEPTANCE, inspection_s=3600))
    payment = await market.paid(deal, buyer)
    await market.until(deal, "funded")
    await market.dispute(deal)
    await market.release_part(deal, "300.00")
    await market.until(payment, "kept")
    await market.accept_offer(deal, Side.SELLER, await market.offer_to_settle(deal, Side.BUYER, "100.00"))
    await market.until(deal, "split")
    return {"deal": market.workflow(deal).id, "payment": market.workflow(payment).id}


@story("settled-after-silence", {"deal": "split"}, {"deal": '"second_decision"'})
async def settled_after_silence(market: Market) -> Ids:
    """The seller disputes, the buyer does not answer, nobody decides; then they agree."""
    _, buyer, deal = await market.sale(terms=Terms(release=Release.ON_ACCEPTANCE, inspection_s=3600))
    await market.paid(deal, buyer)
    await market.until(deal, "funded")
    await market.dispute(deal, side=Side.SELLER, answered=False)
    await market.until_dispute(deal, Awaited.ANSWER)
    await market.pass_time(deal, ANSWER_WITHIN + timedelta(minutes=1))
    await market.until_dispute(deal, Awaited.DECISION)
    await market.pass_time(deal, ANSWER_WITHIN + DECIDE_WITHIN + timedelta(minutes=2))
    await market.until_dispute(deal, Awaited.SECOND_DECISION)
    await market.accept_offer(deal, Side.SELLER, await market.offer_to_settle(deal, Side.BUYER, "100.00"))
    await market.until(deal, "split")
    return {"deal": market.workflow(deal).id}
