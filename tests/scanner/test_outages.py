"""Providers that are away, stand still, leave blocks out or lie: nothing is lost, doubled or late by it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from store.chain.providers import troubles
from tests.fixtures.scanning import STRANGER, Scanning

CREDITS = "SELECT count(*) FROM ledger.transfers WHERE key LIKE 'incoming/%'"
PROVIDER = "SELECT silent_since IS NOT NULL, broken_since IS NOT NULL, complaint FROM chain_providers"


async def _stands_still(scanning: Scanning) -> None:
    """The next round reads nothing."""
    before = await scanning.cursor()
    assert (await scanning.scan()).blocks == 0
    assert (await scanning.cursor()).block == before.block


async def test_after_two_hours_without_a_node_all_is_found_and_nothing_is_late_by_our_fault(scanning: Scanning) -> None:
    in_time, first = await scanning.top_up("25", pay_within=timedelta(hours=1))
    too_late, second = await scanning.top_up("25", pay_within=timedelta(hours=1))
    never, _ = await scanning.top_up("25", pay_within=timedelta(hours=1))
    scanning.first_node(outage="unavailable")
    await _stands_still(scanning)
    scanning.nodes.pass_time(timedelta(minutes=30))
    scanning.nodes.paid(first, "25")
    scanning.nodes.pass_time(timedelta(minutes=60))
    scanning.nodes.paid(second, "25")
    scanning.nodes.pass_time(timedelta(minutes=30))
    for top_up in (in_time, too_late, never):
        await scanning.set_clock(top_up, timedelta(days=1))
        assert (await scanning.state(top_up))[0] == "waiting"  # while the node is away nothing is decided
    await _stands_still(scanning)
    scanning.first_node()
    assert (await scanning.scan()).arrivals == 2
    assert (await scanning.cursor()).block == scanning.nodes.chain.solid_number
    assert await scanning.ends_as(in_time) == ("credited", "25.000000", "0.000000")
    assert await scanning.ends_as(too_late) == ("late", "25.000000", "0.000000")
    assert await scanning.ends_as(never) == ("expired", "0.000000", "0.000000")
    assert (await scanning.now(in_time)).received_minor == (await scanning.now(too_late)).late_minor == 25_000_000


async def test_a_node_that_stands_still_is_noticed_and_then_caught_up_with_without_a_gap(scanning: Scanning) -> None:
    top_up, address = await scanning.top_up()
    scanning.first_node(stale_at=scanning.nodes.chain.head.number)
    scanning.nodes.paid(address, "25")
    await scanning.scan()
    await _stands_still(scanning)
    await scanning.change("UPDATE chain_cursors SET moved_at = moved_at - interval '11 minutes'")
    [trouble] = await told(scanning)
    assert "the provider has none after it" in trouble
    scanning.first_node()
    await scanning.scan()
    assert (await scanning.state(top_up))[:2] == ("credited", "25.000000")
    assert await told(scanning) == []


@pytest.mark.parametrize("fault", ["missing_blocks", "missing_receipts"])
async def test_a_missing_block_is_asked_for_again_and_those_before_it_are_booked(
    scanning: Scanning, fault: str
) -> None:
    before, first = await scanning.top_up()
    within, second = await scanning.top_up()
    scanning.nodes.pay(first, "25")
    scanning.nodes.chain.mine(3)
    scanning.nodes.pay(second, "25")
    [gap] = scanning.nodes.chain.mine()
    scanning.nodes.chain.mine(5)
    scanning.nodes.solidify()
    scanning.first_node(**{fault: [gap.number]})
    await scanning.scan()
    assert (await scanning.cursor()).block == gap.number - 1
    assert (await scanning.state(before))[0] == "credited"
    assert (await scanning.state(within))[1] == "0.000000"
    await _stands_still(scanning)
    [(silent, broken, complaint)] = await scanning.rows(PROVIDER)
    assert (silent, broken) == (True, False) and f"block {gap.number}" in complaint
    await scanning.change("UPDATE chain_providers SET silent_since = silent_since - interval '2 minutes'")
    assert "does not give the next" in (await told(scanning))[0]
    scanning.first_node()
    await scanning.scan()
    assert (await scanning.state(within))[:2] == ("credited", "25.000000")
    assert await scanning.rows(PROVIDER) == [(False, False, None)]


@pytest.mark.parametrize("outage", ["hang_up", "nonsense"])
async def test_what_is_no_answer_is_no_block(scanning: Scanning, outage: str) -> None:
    top_up, address = await scanning.top_up()
    scanning.nodes.paid(address, "25")
    scanning.first_node(outage=outage)
    await _stands_still(scanning)
    scanning.first_node()
    await scanning.scan()
    assert (await scanning.state(top_up))[0] == "credited"


async def test_a_final_block_that_is_replaced_stops_the_reading_until_the_blocks_fit_again(scanning: Scanning) -> None:
    _, address = await scanning.top_up()
    scanning.nodes.paid(address, "25")
    await scanning.scan()
    cursor = await scanning.cursor()
    scanning.nodes.chain.fork(25, below_solid=True)
    scanning.nodes.solidify()
    await _stands_still(scanning)
    [(silent, broken, complaint)] = await scanning.rows(PROVIDER)
    assert (silent, broken) == (False, True) and cursor.block_id in complaint
    await scanning.change("UPDATE chain_providers SET broken_since = broken_since - interval '2 minutes'")
    assert "contradicts it" in (await told(scanning))[0]
    await scanning.set_cursor(cursor.block)  # an operator has looked, and the books say the new block
    await scanning.scan()
    assert await scanning.rows(PROVIDER) == [(False, False, None)]
    assert await scanning.rows(CREDITS) == [(1,)]


# --- two providers


async def _large(scanning: Scanning, amount: str = "2000") -> tuple[Any, int]:
    top_up, address = await scanning.top_up(amount)
    return top_up, scanning.nodes.paid(address, amount)


async def test_a_large_amount_waits_for_the_second_provider(scanning: Scanning) -> None:
    scanning.second_node(outage="unavailable")
    small, _ = await _large(scanning, "1000")
    large, _ = await _large(scanning, "1000.000001")
    await scanning.scan(scanning.compared)
    assert (await scanning.state(small))[0] == "credited"
    assert await scanning.state(large) == ("confirmed", "0.000000", "0.000000")
    assert await scanning.balance(large) == 0
    scanning.second_node()
    await scanning.later(scanning.compared)
    assert (await scanning.state(large))[:2] == ("credited", "1000.000001")
    assert await scanning.rows(CREDITS) == [(2,)]


@pytest.mark.parametrize("amount", ["5", "2000"])
async def test_what_only_one_provider_reports_is_held_back_whatever_the_amount(scanning: Scanning, amount: str) -> None:
    top_up, address = await scanning.top_up(amount)
    block = scanning.nodes.paid(STRANGER, "1")
    minor = int(amount) * 1_000_000
    scanning.first_node(lies=[{"block": block, "kind": "invent", "minor": minor, "recipient": address}])
    await scanning.scan(scanning.compared)
    assert await scanning.state(top_up) == ("confirmed", "0.000000", "0.000000")
    assert await scanning.balance(top_up) == 0
    [(state,)] = await scanning.rows("SELECT state FROM incoming_transfers")
    assert state == "held_back"
    await scanning.later(scanning.compared)
    assert await scanning.balance(top_up) == 0 and await scanning.rows(CREDITS) == [(0,)]


@pytest.mark.parametrize("kind", ["amount", "omit"])
async def test_a_transfer_that_the_first_provider_changes_or_leaves_out_stops_the_reading(
    scanning: Scanning, kind: str
) -> None:
    top_up, address = await scanning.top_up("25")
    scanning.nodes.pay(address, "25")
    scanning.nodes.pay(STRANGER, "1")
    [block] = scanning.nodes.chain.mine()
    scanning.nodes.solidify()
    assert len(block.entries) == 2
    scanning.first_node(lies=[{"block": block.number, "kind": kind, "minor": 7}])
    await scanning.scan(scanning.compared)
    assert (await scanning.cursor()).block == block.number - 1
    scanning.first_node()
    await scanning.scan(scanning.compared)
    assert (await scanning.state(top_up))[:2] == ("credited", "25.000000")


async def told(scanning: Scanning) -> list[str]:
    """What an operator reads, in the audit and at the worker."""
    async with scanning.database.transaction() as session:
        return await troubles(session)
