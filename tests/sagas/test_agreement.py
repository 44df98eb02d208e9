"""What both parties agree on: to cancel their deal, or to give it more time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.agreements import Party as Side
from domain.agreements import Subject
from domain.errors import Conflict
from store.deals.agreements import proposal, withdraw
from store.deals.deals import Deal
from store.payments.payments import Payment
from tests.fixtures.sagas import Market, Party
from tests.fixtures.withholding import withhold


async def test_the_buyer_alone_cancels_before_the_first_money_and_no_code_is_taken_any_more(market: Market) -> None:
    _, buyer, deal = await market.sale()
    payment, code = await market.asked_for_code(deal, buyer)
    await market.cancel(deal, Side.BUYER)
    await market.until(deal, "cancelled")
    assert (await market.now(payment)).state == "cancelled"
    assert (await market.submit(payment, code)).state == "late"
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    with pytest.raises(Conflict, match="deal_closed"):
        await market.cancel(deal, Side.BUYER)
    assert await market.alarms() == {}


async def _with_the_bank(market: Market, code: str | None = None) -> tuple[Party, Party, Deal, Payment]:
    """A payment of the whole price; its code, the right one unless another is given, is with a bank that is silent."""
    seller, buyer, deal = await market.sale()
    payment = await market.pay(deal, buyer)
    right = await market.code(buyer)
    await market.until(payment, "awaiting_code")
    await withhold(market.bank, 1, "debit")
    await market.submit(payment, code or right)
    return seller, buyer, deal, payment


async def _proposed_by(market: Market, deal: Deal) -> str | None:
    async with market.database.transaction() as session:
        open_ = await proposal(session, deal.id, Subject.CANCELLATION)
        return None if open_ is None else open_.proposed_by


@pytest.mark.parametrize("order", [(Side.BUYER, Side.SELLER), (Side.SELLER, Side.BUYER)], ids=lambda side: side[0])
async def test_both_cancel_while_a_code_is_with_the_bank_in_either_order_and_all_comes_back(
    market: Market, order: tuple[Side, Side]
) -> None:
    _, buyer, deal, payment = await _with_the_bank(market)
    await market.cancel(deal, order[0])
    assert await _proposed_by(market, deal) == order[0]
    await market.cancel(deal, order[1])
    assert (await market.now(deal)).state == "settling"
    await market.bank_reports(1, payment)
    await market.until(deal, "cancelled")
    assert (await market.now(payment)).state == "refunded"
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.alarms() == {}


async def test_a_requested_cancellation_takes_effect_when_the_bank_says_that_the_code_took_nothing(
    market: Market,
) -> None:
    _, buyer, deal, payment = await _with_the_bank(market, code="ABCD-EFGH")
    await market.cancel(deal, Side.BUYER)
    assert (await market.now(deal)).state == "awaiting_payment"
    await market.bank_reports(1, payment)
    await market.until(deal, "cancelled")
    assert (await market.now(payment)).state == "cancelled"
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.alarms() == {}


async def test_a_code_that_pays_the_price_is_not_undone_by_the_buyer_alone(market: Market) -> None:
    seller, _, deal, payment = await _with_the_bank(market)
    await market.cancel(deal, Side.BUYER)
    await market.bank_reports(1, payment)
    await market.until(deal, "completed")
    with pytest.raises(Conflict, match="release_begun"):
        await market.cancel(deal, Side.BUYER)
    assert await market.balance(seller) == "475.00, 0.00 held"
    assert await market.alarms() == {}


async def test_after_the_first_money_both_must_agree_and_a_code_under_way_is_awaited(market: Market) -> None:
    seller, buyer, deal = await market.sale()
    await market.until(await market.paid(deal, buyer, "200.00"), "held")
    await market.until(deal, "partially_paid")
    await market.cancel(deal, Side.BUYER)
    with pytest.raises(Conflict, match="already_proposed"):
        await market.cancel(deal, Side.BUYER)
    last, code = await market.asked_for_code(deal, buyer)
    await withhold(market.bank, 1, "debit")
    await market.submit(last, code)
    await market.cancel(deal, Side.SELLER)
    assert (await market.now(deal)).state == "settling"
    await market.bank_reports(1, last)
    await market.until(deal, "cancelled")
    assert [payment.state for payment in await market.payments(deal)] == ["refunded", "refunded"]
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
    assert await market.alarms() == {}


async def test_a_proposal_can_be_retracted_by_its_author_and_then_binds_no_party(market: Market) -> None:
    _, buyer, deal = await market.sale()
    await market.cancel(deal, Side.SELLER)
    with pytest.raises(Conflict, match="nothing_proposed"):
        await market.decide(deal, lambda session, locked: withdraw(session, locked, Subject.CANCELLATION, Side.BUYER))
    await market.decide(deal, lambda session, locked: withdraw(session, locked, Subject.CANCELLATION, Side.SELLER))
    await market.until(await market.paid(deal, buyer, "200.00"), "held")
    await market.until(deal, "partially_paid")
    await market.cancel(deal, Side.BUYER)
    assert (await market.now(deal)).state == "partially_paid"
    assert await market.alarms() == {}


async def test_after_the_deadline_the_deadline_decides_and_not_an_agreement(idle_market: Market) -> None:
    market = idle_market
    _, _, deal = await market.sale()
    await market.set_clock(deal, timedelta(seconds=601))
    with pytest.raises(Conflict, match="deadline_passed"):
        await market.cancel(deal, Side.BUYER)
    with pytest.raises(Conflict, match="deadline_passed"):
        await market.extend(deal, Side.BUYER, timedelta(hours=2))
    async with market.working():
        await market.pass_time(deal, timedelta(seconds=601))
        await market.until(deal, "expired")
    assert (await market.now(deal)).closed_reason == "deadline"
    assert await market.alarms() == {}


async def test_a_deadline_that_both_agree_to_extend_is_the_one_that_counts(market: Market) -> None:
    seller, buyer, deal = await market.sale(pay_within_s=600)
    await market.extend(deal, Side.BUYER, timedelta(hours=1))
    assert (await market.now(deal)).pay_by == deal.pay_by
    await market.extend(deal, Side.SELLER, timedelta(hours=2))  # the party's own proposal instead
    await market.extend(deal, Side.BUYER, timedelta(hours=2))
    assert (await market.now(deal)).pay_by == deal.pay_by + timedelta(hours=2)

    await market.pass_time(deal, timedelta(seconds=601))
    assert (await market.now(deal)).state == "awaiting_payment"
    await market.paid(deal, buyer)
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
    assert await market.alarms() == {}


async def test_an_extended_deadline_that_is_missed_ends_the_deal(market: Market) -> None:
    _, buyer, deal = await market.sale(pay_within_s=600)
    for side in (Side.BUYER, Side.SELLER):
        await market.extend(deal, side, timedelta(hours=1))
    await market.until(await market.paid(deal, buyer, "200.00"), "held")
    await market.pass_time(deal, timedelta(seconds=4201))
    await market.until(deal, "expired")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.alarms() == {}
