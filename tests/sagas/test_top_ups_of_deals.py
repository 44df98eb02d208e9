"""Deals that wait for money of a gateway: it counts from when it was paid, however late it is read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.deals import CloseReason
from domain.terms import Terms
from market import verdicts
from store.deals.deals import Deal, lock_deal
from store.wallets.wallets import Wallet, wallet_for
from tests.fixtures.chain import Chain
from tests.fixtures.funding import A_DAY, looking
from tests.fixtures.party_wallets import wallet_state
from tests.fixtures.sagas import Market, Party, eventually
from tests.fixtures.top_ups import block, order, payment

MINUTE = timedelta(minutes=1)


async def _confirmed(market: Market, *, terms: Terms = A_DAY) -> tuple[Party, Party, Deal]:
    """A confirmed service for 100 USDT that waits for a payment, and takes nothing from a wallet by itself."""
    seller, buyer, deal = await market.service("100", terms=terms, currency="USDT")
    await market.confirm(deal)
    return seller, buyer, await market.until(deal, "awaiting_payment")


async def _wallet(market: Market, party: Party) -> Wallet:
    async with market.database.transaction() as session:
        return await wallet_for(session, party.user.id, "USDT")


@pytest.mark.source("escrow deals:14")
async def test_a_top_up_that_names_a_deal_pays_it_without_a_code(market: Market) -> None:
    seller, buyer, deal = await _confirmed(market, terms=Terms())
    begun = await Chain(market.database).now()
    await block(market, at=begun)
    top_up = await order(market, buyer, "100", deal=deal)
    assert (await market.now(top_up)).pay_by == (await market.now(deal)).pay_by
    async with looking(market):
        await block(market, await payment(market, top_up, "100", begun + MINUTE), at=begun + MINUTE)
        await market.until(deal, "completed")
    assert await wallet_state(market, await _wallet(market, seller)) == "95.000000, 0.000000 held"
    assert await wallet_state(market, await _wallet(market, buyer)) == "0.000000, 0.000000 held"
    assert await market.alarms() == {}


async def test_a_top_up_that_names_a_purchase_pays_it_without_a_code(market: Market) -> None:
    seller, buyer = await market.party(2, None), await market.party(1, None)
    deal = await market.deal(seller, buyer, "100", currency="USDT")
    begun = await Chain(market.database).now()
    await block(market, at=begun)
    top_up = await order(market, buyer, "100", deal=deal)
    assert (await market.now(top_up)).pay_by == deal.pay_by
    async with looking(market):
        await block(market, await payment(market, top_up, "100", begun + MINUTE), at=begun + MINUTE)
        await market.until(deal, "completed")
    [paid] = await market.payments(deal)
    assert (paid.state, paid.authorised_at is not None) == ("completed", True)
    assert await wallet_state(market, await _wallet(market, seller)) == "95.000000, 0.000000 held"
    assert await wallet_state(market, await _wallet(market, buyer)) == "0.000000, 0.000000 held"
    assert await market.alarms() == {}


async def test_money_in_time_pays_a_purchase_that_is_over_before_it_is_read(market: Market) -> None:
    seller, buyer = await market.party(2, None), await market.party(1, None)
    deal = await market.deal(seller, buyer, "100", currency="USDT", terms=A_DAY)
    await block(market, at=await Chain(market.database).now())
    top_up = await order(market, buyer, "100", deal=deal)
    paid = await payment(market, top_up, "100", top_up.pay_by)
    async with looking(market):
        for row in (top_up, deal):
            await market.pass_time(row, timedelta(hours=2))
        await eventually(lambda: _closings(market, deal), lambda count: count > 0, "the deal's look at its deadline")
        assert (await market.now(deal)).state == "awaiting_payment"
        await block(market, paid, at=top_up.pay_by + timedelta(hours=1))
        await market.until(deal, "funded")
    assert await market.alarms() == {}


async def test_what_comes_pays_the_older_of_a_purchase_and_a_service(market: Market) -> None:
    """A purchase is agreed on when it is made, a service when its seller confirms it."""
    seller, buyer = await market.party(2, None), await market.party(1, None)
    await block(market, at=(begun := await Chain(market.database).now()))
    deals = [await market.deal(seller, buyer, "100", currency="USDT")]
    deals.append(await market.proposed(seller, buyer, "90", currency="USDT", from_wallet=True))
    await market.confirm(deals[1])
    deals.append(await market.deal(seller, buyer, "80", currency="USDT"))
    top_ups = [await order(market, buyer, "100", deal=deal) for deal in (deals[2], deals[0])]
    async with looking(market):
        for number, deal in enumerate(deals):
            paid = await payment(market, top_ups[0], deal.price.amount, begun + number * MINUTE)
            await block(market, paid, at=begun + number * MINUTE)
            await market.until(deal, "completed")
            assert [(await market.now(one)).state for one in deals[number + 1 :]] == ["awaiting_payment"] * (2 - number)
    assert await wallet_state(market, await _wallet(market, buyer)) == "0.000000, 0.000000 held"
    assert await market.alarms() == {}


async def test_money_paid_in_time_and_read_two_hours_later_pays_the_deal(market: Market) -> None:
    _, buyer, deal = await _confirmed(market)
    begun = await Chain(market.database).now()
    await block(market, at=begun)
    top_up = await order(market, buyer, "100", deal=deal)
    pay_by = top_up.pay_by
    async with looking(market):
        for row in (top_up, deal):
            await market.pass_time(row, timedelta(hours=2))  # the node is away meanwhile
        await eventually(lambda: _closings(market, deal), lambda count: count > 0, "the deal's look at its deadline")
        assert (await market.now(deal)).state == "awaiting_payment"
        await block(market, await payment(market, top_up, "100", pay_by), at=pay_by + timedelta(hours=1))
        await market.until(deal, "funded")
    [paid] = await market.payments(deal)
    assert (paid.authorised_at, (await market.now(top_up)).state) == (pay_by, "credited")
    assert await market.alarms() == {}


@pytest.mark.parametrize("paid", [[("100", 1)], [("60", -1), ("40", 1)], [("40", 1), ("60", -1)], []])
async def test_money_paid_too_late_pays_no_deal_and_is_in_the_wallet(
    market: Market, paid: list[tuple[str, int]]
) -> None:
    """Minutes after the deal's time to pay; all of it read at once, or in this order, after an outage."""
    _, buyer, deal = await _confirmed(market)
    begun = await Chain(market.database).now()
    await block(market, at=begun)
    top_up = await order(market, buyer, "100", deal=deal)
    arrivals = [await payment(market, top_up, amount, top_up.pay_by + after * MINUTE) for amount, after in paid]
    async with looking(market):
        for row in (top_up, deal):
            await market.pass_time(row, timedelta(hours=2))
        await Chain(market.database).record(arrivals[:1])
        await block(market, *arrivals[1:], at=top_up.pay_by + timedelta(hours=1))
        await market.until(deal, "expired")
    whole = sum(int(amount) for amount, _ in paid)
    assert await wallet_state(market, await _wallet(market, buyer)) == f"{whole}.000000, 0.000000 held"
    assert await market.alarms() == {}


async def test_money_that_is_booked_while_the_deal_looks_at_its_deadline_is_not_missed(
    idle_market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look finds no money; before it ends, money that came in time is booked, and its top-up ends."""
    market = idle_market
    _, buyer, deal = await market.service("100", terms=A_DAY, currency="USDT")
    await market.confirm(deal)
    begun = await Chain(market.database).now()
    await block(market, at=begun, signals=False)
    top_up = await order(market, buyer, "100", deal=deal, signals=False)
    paid = await payment(market, top_up, "100", top_up.pay_by)
    for row in (top_up, deal):
        await market.set_clock(row, timedelta(hours=2))
    looked = verdicts.advance

    async def advance(session: AsyncSession, assessed: verdicts.Assessment) -> None:
        await looked(session, assessed)
        if (await market.now(top_up)).state == "waiting":
            await block(market, paid, at=top_up.pay_by + MINUTE, signals=False)

    monkeypatch.setattr(verdicts, "advance", advance)
    for state in ("awaiting_payment", "funded"):
        async with market.database.transaction() as session:
            await verdicts.close(session, await lock_deal(session, deal.id), CloseReason.DEADLINE)
        assert (await market.now(deal)).state == state


async def _closings(market: Market, deal: Deal) -> int:
    """How often the deal's workflow has taken the step at its deadline."""
    history = await market.workflow(deal).fetch_history()
    return sum("close_deal" in str(event) for event in history.events)
