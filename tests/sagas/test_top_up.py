"""Top-ups as workflows: they end with the money, or once everything is read that may have come in time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store.wallets.top_ups import TopUp
from tests.fixtures.chain import Chain
from tests.fixtures.party_wallets import notices
from tests.fixtures.sagas import Market, eventually
from tests.fixtures.top_ups import block, order, payment
from workflows.attributes import TOP_UP_STATE

SOON = timedelta(minutes=30)


async def test_a_paid_top_up_takes_few_events_and_says_what_came(market: Market) -> None:
    chain, party = Chain(market.database), await market.party(1, None)
    begun = await chain.now()
    await block(market, at=begun)
    top_up = await order(market, party)
    await eventually(market.workflow(top_up).describe, lambda seen: seen.history_length > 3, "its first sleep")
    await block(market, await payment(market, top_up, "100", begun), at=begun + timedelta(seconds=3))
    await market.until(top_up, "credited")
    await market.workflow(top_up).result()
    described = await market.workflow(top_up).describe()
    details = str(await described.static_summary())
    assert (described.history_length <= 12, described.typed_search_attributes[TOP_UP_STATE]) == (True, "credited")
    assert details.startswith("100.000000 USDT by usdt_tron, to be paid by ")
    assert await notices(market, top_up.wallet_id) == ["top_up_received"]
    assert await market.alarms() == {}


@pytest.mark.source("escrow deals:20")
async def test_a_top_up_ends_only_when_its_gateway_has_read_up_to_its_time(market: Market) -> None:
    chain, party = Chain(market.database), await market.party(1, None)
    begun = await chain.now()
    await block(market, at=begun)
    unpaid, in_time, late = [await order(market, party, pay_by=begun + SOON) for _ in range(3)]
    for one in (unpaid, in_time, late):
        await market.pass_time(one, timedelta(hours=2))  # the node is away meanwhile
    paid = await payment(market, in_time, "40", begun + SOON)
    too_late = await payment(market, late, "100", begun + SOON + timedelta(seconds=3))
    await eventually(lambda: _sleeps_again(market, unpaid), bool, "a second sleep")
    assert [(await market.now(one)).state for one in (unpaid, in_time, late)] == ["waiting"] * 3
    await block(market, paid, too_late, at=begun + timedelta(hours=2))
    for one, state in ((unpaid, "expired"), (in_time, "underpaid"), (late, "late")):
        await market.until(one, state)
        await market.workflow(one).result()
    mailed = ["top_up_expired", "top_up_late", "top_up_received", "top_up_underpaid"]
    assert sorted(await notices(market, unpaid.wallet_id)) == mailed
    assert await market.alarms() == {}


async def _sleeps_again(market: Market, top_up: TopUp) -> bool:
    return (await market.workflow(top_up).describe()).history_length > 10
