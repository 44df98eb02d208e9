"""Where a deal stands is told in the same words over REST and in the Temporal UI."""

from __future__ import annotations

from datetime import timedelta

from temporalio.api.sdk.v1 import WorkflowMetadata

from domain.agreements import Party as Side
from domain.standing import Words, payment_standing, readable_time
from domain.terms import Release, Terms
from edge.wire import utc
from store.deals import Deal
from store.disputes import dispute
from store.payments import Payment, payments_of
from store.standings import standing_of
from tests.fixtures.sagas import Market, eventually


async def _shown(market: Market, row: Deal | Payment) -> str:
    """The current details of the row's workflow, as the Temporal UI asks for them."""
    told = await market.workflow(row).query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return told.current_details


def _said(words: Words) -> list[str]:
    """What of the words an operator must find in the UI."""
    until = "" if words.until is None else f", until {readable_time(words.until)}"
    awaited = [] if words.awaits is None else [f"awaited: {words.awaits}, from {words.from_whom}{until}"]
    return [words.headline, *awaited, *([words.otherwise] if words.otherwise else [])]


async def _same(market: Market, deal: Deal, *payments: Payment) -> str:
    """The headline, once both places have the very same words for the deal, and for these payments."""
    async with market.database.transaction() as session:
        row = await session.get_one(Deal, deal.id)
        words = await standing_of(session, row, await payments_of(session, deal.id))
    await _until_shown(market, deal, words)
    for payment in payments:
        await _until_shown(market, payment, payment_standing((await market.now(payment)).state, utc(row.pay_by)))
    return words.headline


async def _until_shown(market: Market, row: Deal | Payment, words: Words) -> None:
    await eventually(lambda: _shown(market, row), lambda seen: all(part in seen for part in _said(words)), str(words))


async def test_the_words_are_the_same_from_the_first_wait_to_the_end(market: Market) -> None:
    seller, buyer = await market.party(2, None), await market.party(1)
    deal = await market.deal(seller, buyer, terms=Terms(release=Release.ON_ACCEPTANCE, inspection_s=3600))
    headlines = [await _same(market, deal)]
    first = await market.paid(deal, buyer, "100.00")
    await market.until(deal, "partially_paid")
    second = await market.pay(deal, buyer)
    code = await market.code(buyer)
    await market.until(second, "awaiting_code")
    headlines.append(await _same(market, deal, first, second))
    await market.submit(second, code)
    await market.until(deal, "funded")
    headlines.append(await _same(market, deal, first))
    await market.decide(deal, lambda session, row: dispute(session, row, Side.BUYER, "Broken"))
    headlines.append(await _same(market, deal, second))
    assert [headline.split(";")[0] for headline in headlines] == [
        "Waiting for the buyer's money",
        "Partly paid",
        "Funded",
        "Disputed",
    ]


async def test_the_words_are_the_same_when_everything_went_back(market: Market) -> None:
    seller, buyer = await market.party(2, None), await market.party(1)
    deal = await market.deal(seller, buyer)
    payment = await market.paid(deal, buyer, "100.00")
    await market.until(deal, "partially_paid")
    await market.pass_time(deal, timedelta(seconds=601))
    await market.until(deal, "expired")
    assert (await _same(market, deal, payment)).startswith("Expired")
