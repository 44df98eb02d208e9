"""The status text of a deal is the same over REST and in the Temporal UI."""

from __future__ import annotations

from datetime import timedelta

from temporalio.api.sdk.v1 import WorkflowMetadata

from domain.agreements import Party as Side
from domain.refunds import TRY_AGAIN_AFTER
from domain.status_text import Words, payment_status_text, readable_time
from domain.terms import Release, Terms
from edge.wire import utc
from market.status_text import status_text_of, status_texts_of_refunds
from store.deals.deals import Deal
from store.payments.payments import Payment, payments_of
from store.payments.refunds import Refund, refunds_of
from store.wallets.withdrawals import Withdrawal
from tests.fixtures.sagas import Market, eventually


async def current_details(market: Market, row: Deal | Payment | Refund | Withdrawal) -> str:
    """The current details of the row's workflow, as the Temporal UI asks for them."""
    shown = await market.workflow(row).query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return shown.current_details


def _said(words: Words) -> list[str]:
    """What of the words an operator must find in the UI."""
    until = "" if words.until is None else f", until {readable_time(words.until)}"
    awaited = [] if words.awaits is None else [f"awaited: {words.awaits}, from {words.from_whom}{until}"]
    return [words.headline, *awaited, *([words.otherwise] if words.otherwise else [])]


async def _same(market: Market, deal: Deal, *payments: Payment) -> str:
    """The headline, once both places have the very same words for the deal, and for these payments."""
    async with market.database.transaction() as session:
        row = await session.get_one(Deal, deal.id)
        words = await status_text_of(session, row, await payments_of(session, deal.id))
    await _until_shown(market, deal, words)
    for payment in payments:
        await _until_shown(market, payment, payment_status_text((await market.now(payment)).state, utc(row.pay_by)))
    return words.headline


async def _until_shown(market: Market, row: Deal | Payment | Refund, words: Words) -> None:
    await eventually(
        lambda: current_details(market, row), lambda seen: all(part in seen for part in _said(words)), str(words)
    )


async def test_the_words_are_the_same_from_the_first_wait_to_the_end(market: Market) -> None:
    _, buyer, deal = await market.sale(terms=Terms(release=Release.ON_ACCEPTANCE, inspection_s=3600))
    headlines = [await _same(market, deal)]
    first = await market.paid(deal, buyer, "100.00")
    await market.until(deal, "partially_paid")
    second, code = await market.asked_for_code(deal, buyer)
    headlines.append(await _same(market, deal, first, second))
    await market.submit(second, code)
    await market.until(deal, "funded")
    headlines.append(await _same(market, deal, first))
    await market.dispute(deal)
    headlines.append(await _same(market, deal, second))
    assert [headline.split(";")[0] for headline in headlines] == [
        "Waiting for the buyer's money",
        "Partly paid",
        "Funded",
        "Disputed",
    ]


async def test_the_words_are_the_same_when_everything_went_back(market: Market) -> None:
    _, buyer, deal = await market.sale()
    payment = await market.paid(deal, buyer, "100.00")
    await market.until(deal, "partially_paid")
    await market.pass_time(deal, timedelta(seconds=601))
    await market.until(deal, "expired")
    assert (await _same(market, deal, payment)).startswith("Expired")


async def test_more_time_for_a_deal_is_shown_at_a_payment_that_awaits_its_code(market: Market) -> None:
    _, buyer, deal = await market.sale()
    payment = await market.pay(deal, buyer)
    await market.until(payment, "awaiting_code")
    await _same(market, deal, payment)
    until = deal.pay_by + timedelta(hours=2)
    for side in (Side.BUYER, Side.SELLER):
        await market.extend(deal, side, timedelta(hours=2))
    await _same(market, deal, payment)
    assert readable_time(utc(until)) in await current_details(market, payment)


async def _refund_mails(market: Market, deal: Deal) -> list[Words]:
    async with market.database.transaction() as session:
        row = await session.get_one(Deal, deal.id)
        return await status_texts_of_refunds(session, row, await refunds_of(session, deal.id))


async def test_the_status_text_of_refunds_is_the_same_during_a_refusal_and_at_the_end(
    market: Market,
) -> None:
    _, buyer, deal = await market.sale()
    await market.paid(deal, buyer)
    await market.until(deal, "completed")
    await market.bank.behave(1, {"do": "refuse", "steps": ["refund"], "code": "insufficient_funds", "times": 1})
    refunds = [await market.refund(deal, "100.00"), await market.refund(deal, "50.00")]
    shown = await eventually(
        lambda: _refund_mails(market, deal),
        lambda words: words[0].awaits == "a fix of the cause",
        "a refusal",
    )
    assert [words.headline for words in shown] == [
        "Going back to the payers; a bank refused (insufficient_funds)",
        "Waiting for an earlier refund of the deal",
    ]
    for refund, words in zip(refunds, shown, strict=True):
        await _until_shown(market, refund, words)
    await market.set_clock(deal, TRY_AGAIN_AFTER)
    await market.environment.fast_forward(market.workflow(refunds[0]), TRY_AGAIN_AFTER)
    done = await eventually(
        lambda: _refund_mails(market, deal),
        lambda words: all(each.headline == "Refunded; the payers have their money" for each in words),
        "both refunds and their comparison",
    )
    for refund, words in zip(refunds, done, strict=True):
        await _until_shown(market, refund, words)
