"""Service deals that are paid from wallets: at the confirmation, or as soon as any money makes the wallet's enough."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.agreements import Party as Side
from domain.terms import Terms
from market.service_deals import look_at_wallet
from store.deals.deals import Deal
from store.wallets.funding import next_with_news
from tests.fixtures.funding import A_DAY, looking
from tests.fixtures.party_wallets import fill, in_wallet, paid_from_wallet
from tests.fixtures.sagas import Market, Party, eventually

AT_ONCE = Terms()


async def _waiting(market: Market, price: str = "500.00", *, terms: Terms = A_DAY) -> tuple[Party, Party, Deal]:
    """A confirmed service whose buyer has an empty wallet."""
    seller, buyer, deal = await market.service(price, terms=terms, from_wallet=True)
    await market.confirm(deal)
    confirmed = await market.now(deal)
    assert (confirmed.state, confirmed.waits_on is None) == ("awaiting_payment", False)
    return seller, buyer, deal


async def _look(market: Market, *, fail: bool = False) -> bool:
    """What the poller does for one wallet, without a signal; `fail`: its worker dies before the commit."""
    async with market.database.transaction() as session:
        account_id = await next_with_news(session, ())
    if account_id is None:
        return False
    try:
        async with market.database.transaction() as session:
            await look_at_wallet(session, account_id)
            if fail:
                raise ConnectionAbortedError
    except ConnectionAbortedError:
        pass
    return True


async def _states(market: Market, *deals: Deal) -> list[str]:
    return [(await market.now(deal)).state for deal in deals]


@pytest.mark.source("escrow deals:10-13")
async def test_a_confirmed_service_is_paid_from_a_wallet_that_has_its_price_and_needs_no_code(market: Market) -> None:
    seller, buyer, deal = await market.service(terms=AT_ONCE, from_wallet=True)
    await fill(market, buyer, "600.00")
    await market.confirm(deal)
    await market.until(deal, "completed")
    [payment] = await market.payments(deal)
    assert (payment.state, payment.authorised_at is None) == ("completed", False)
    assert await market.code_state(payment) == ""
    assert await in_wallet(market, buyer) == "100.00, 0.00 held"
    assert await in_wallet(market, seller) == "475.00, 0.00 held"
    assert await market.alarms() == {}


async def test_the_money_is_held_until_the_buyer_accepts_or_both_undo_it(market: Market) -> None:
    seller, buyer, accepted = await market.service(terms=A_DAY, from_wallet=True)
    undone = await market.proposed(seller, buyer, terms=A_DAY, from_wallet=True)
    await fill(market, buyer, "1000.00")
    for deal in (accepted, undone):
        await market.confirm(deal)
        await market.until(deal, "funded")
    assert await in_wallet(market, buyer) == "1000.00, 1000.00 held"
    await market.accept(accepted)
    await market.until(accepted, "completed")
    for side in Side:
        await market.cancel(undone, side)
    await market.until(undone, "cancelled")
    assert await in_wallet(market, buyer) == "500.00, 0.00 held"
    assert await in_wallet(market, seller) == "475.00, 0.00 held"
    assert await market.alarms() == {}


async def test_too_little_pays_nothing_and_a_part_from_a_bank_leaves_less_to_wait_for(market: Market) -> None:
    _, buyer, deal = await _waiting(market)
    async with looking(market):
        await fill(market, buyer, "299.99")
        await market.until(await market.paid(deal, buyer, "200.00"), "held")
        assert await in_wallet(market, buyer) == "299.99, 0.00 held"
        await fill(market, buyer, "0.01")
        await market.until(deal, "funded")
    assert await in_wallet(market, buyer) == "300.00, 300.00 held"
    assert await market.alarms() == {}


async def test_a_part_from_a_bank_after_the_money_came_pays_the_rest_from_the_wallet_at_once(market: Market) -> None:
    _, buyer, deal = await _waiting(market)
    await fill(market, buyer, "300.00")
    await market.paid(deal, buyer, "200.00")
    await market.until(deal, "funded")
    assert await in_wallet(market, buyer) == "300.00, 300.00 held"


async def test_of_two_deals_that_wait_the_first_is_funded_by_one_deposit_whatever_dies(idle_market: Market) -> None:
    """Nobody works: each look is one that a worker begins, and dies before or after the commit."""
    market = idle_market
    seller, buyer, first = await _waiting(market)
    firsts, seconds = [first], []
    for _ in range(6):
        second = await market.proposed(seller, buyer, terms=A_DAY, from_wallet=True)
        await market.confirm(second)
        seconds.append(second)
        await fill(market, buyer, "500.00")
        assert await _look(market, fail=True)
        assert await _states(market, firsts[-1], second) == ["awaiting_payment"] * 2
        assert await _look(market)
        while await _look(market):
            pass
        assert await _states(market, firsts[-1], second) == ["funded", "awaiting_payment"]
        assert len(await market.payments(firsts[-1])) == 1
        firsts.append(second)
    assert await in_wallet(market, buyer) == "3000.00, 3000.00 held"
    async with market.working():
        await market.redrive()  # every signal was lost
        for deal in firsts[:-1]:
            await market.accept(deal)
        for deal in firsts[:-1]:
            await market.until(deal, "completed")
    assert await in_wallet(market, buyer) == "0.00, 0.00 held"
    assert await market.alarms() == {}


async def test_however_many_look_and_pay_in_at_once_each_deal_is_funded_once_and_in_order(idle_market: Market) -> None:
    market = idle_market
    seller, buyer, first = await _waiting(market, "100.00")
    deals = [first]
    for _ in range(4):
        deal = await market.proposed(seller, buyer, "100.00", terms=A_DAY, from_wallet=True)
        await market.confirm(deal)
        deals.append(deal)
    for round_ in range(1, 4):
        await asyncio.gather(*(fill(market, buyer, "25.00") for _ in range(4)), *(_looks(market) for _ in range(4)))
        await _looks(market)
        assert await _states(market, *deals) == ["funded"] * round_ + ["awaiting_payment"] * (5 - round_)
    assert [len(await market.payments(deal)) for deal in deals] == [1, 1, 1, 0, 0]
    assert await in_wallet(market, buyer) == "300.00, 300.00 held"


async def _looks(market: Market) -> None:
    async def look(session: AsyncSession) -> bool:
        account_id = await next_with_news(session, ())
        return account_id is not None and bool((await look_at_wallet(session, account_id)).value)

    while await market.database.run(look):
        pass


async def test_a_confirmation_and_a_deposit_at_the_same_time_miss_each_other_never(idle_market: Market) -> None:
    market = idle_market
    seller, buyer = await market.party(2, None), await market.party(1, None)
    for count in range(1, 11):
        deal = await market.proposed(seller, buyer, "10.00", terms=A_DAY, from_wallet=True)
        await asyncio.gather(market.confirm(deal), fill(market, buyer, "10.00"))
        await _looks(market)
        assert (await market.now(deal)).state == "funded", count
    assert await in_wallet(market, buyer) == "100.00, 100.00 held"


async def test_a_later_and_cheaper_deal_does_not_overtake_and_has_its_turn_when_the_first_ends(market: Market) -> None:
    seller, buyer, first = await _waiting(market, "500.00")
    later = await market.proposed(seller, buyer, "100.00", terms=A_DAY, from_wallet=True)
    await market.confirm(later)
    async with looking(market):
        await fill(market, buyer, "100.00")
        await eventually(partial(_has_news, market), lambda news: not news, "the look at the deposit")
        assert await _states(market, first, later) == ["awaiting_payment"] * 2
        await market.cancel(first, Side.BUYER)
        await market.until(later, "funded")
    assert await market.alarms() == {}


async def _has_news(market: Market) -> bool:
    async with market.database.transaction() as session:
        return await next_with_news(session, ()) is not None


async def test_money_that_came_in_time_counts_however_late_anybody_looks(idle_market: Market) -> None:
    market = idle_market
    seller, buyer, first = await _waiting(market)
    second = await market.proposed(seller, buyer, terms=A_DAY, from_wallet=True)
    await market.confirm(second)
    await fill(market, buyer, "1000.00")
    for deal in (first, second):
        await market.set_clock(deal, timedelta(hours=1))
    async with market.working(), looking(market):
        for deal in (first, second):
            await market.environment.fast_forward(market.workflow(deal), timedelta(hours=1))
        for deal in (second, first):
            await market.until(deal, "funded")
    for deal in (first, second):
        [payment] = await market.payments(deal)
        assert payment.authorised_at is not None and payment.authorised_at <= (await market.now(deal)).pay_by
    assert await market.alarms() == {}


async def test_money_that_comes_too_late_does_not_count(idle_market: Market) -> None:
    market = idle_market
    _, buyer, deal = await _waiting(market)
    await market.set_clock(deal, timedelta(hours=1))
    await fill(market, buyer, "500.00")
    async with market.working(), looking(market):
        await market.until(deal, "expired")
    assert await in_wallet(market, buyer) == "500.00, 0.00 held"
    assert await market.alarms() == {}


async def test_an_operator_who_cancels_what_a_deal_took_ends_the_buyers_leave(market: Market) -> None:
    seller, buyer, deal = await _waiting(market)
    part = await market.pay(deal, buyer, "200.00")
    await market.awaits_code(part)
    async with looking(market):
        await fill(market, buyer, "400.00")
        await market.until(deal, "partially_paid")
        [_, taken] = await market.payments(deal)
        assert await in_wallet(market, buyer) == "400.00, 300.00 held"
        next_ = await market.proposed(seller, buyer, "150.00", terms=A_DAY, from_wallet=True)
        await market.confirm(next_)
        assert await _states(market, next_) == ["awaiting_payment"]

        await market.workflow(taken).cancel()
        await market.until(taken, "refunded")
        await market.until(next_, "funded")  # its turn: what was held is free
        await fill(market, buyer, "500.00")
        assert await _states(market, deal) == ["awaiting_payment"]
        assert len(await market.payments(deal)) == 2 and (await market.now(deal)).waits_on is None
        await market.submit(part, await market.code(buyer))
        await market.until(part, "held")
        await paid_from_wallet(market, deal, buyer)  # the buyer can pay with a code
        await market.until(deal, "funded")
    assert await in_wallet(market, buyer) == "900.00, 450.00 held"
    assert await market.alarms() == {}


async def test_without_the_buyers_leave_nothing_is_taken_from_the_wallet(market: Market) -> None:
    _, buyer, deal = await market.service(terms=A_DAY)
    await fill(market, buyer, "500.00")
    await market.confirm(deal)
    await fill(market, buyer, "500.00")
    assert ((await market.now(deal)).state, await _has_news(market)) == ("awaiting_payment", False)
    await paid_from_wallet(market, deal, buyer)
    await market.until(deal, "funded")
