"""The scanner books what is final, once, and nothing else; what is newer is only shown."""

from __future__ import annotations

import asyncio

import pytest

from store.chain.cursors import OutOfOrder
from tests.fixtures.scanning import Scanning
from tests.fixtures.statements import statements_of

CREDITS = "SELECT count(*) FROM ledger.transfers WHERE key LIKE 'incoming/%'"
FINAL = "SELECT external_id, amount_minor, state, valued_at FROM incoming_transfers ORDER BY block, external_id"


async def test_a_payment_is_seen_at_once_and_credited_when_its_block_is_final(scanning: Scanning) -> None:
    top_up, address = await scanning.top_up("25")
    txid = scanning.nodes.pay(address, "25")
    [block] = scanning.nodes.chain.mine()
    await scanning.scan()
    assert await scanning.state(top_up) == ("seen", "0.000000", "25.000000")
    assert await scanning.balance(top_up) == 0
    scanning.nodes.solidify()
    report = await scanning.scan()
    assert (report.blocks, report.arrivals) == (20, 1)
    assert await scanning.state(top_up) == ("credited", "25.000000", "0.000000")
    assert await scanning.balance(top_up) == 25_000_000
    [(external_id, amount, state, valued_at)] = await scanning.rows(FINAL)
    assert (external_id, amount, state) == (f"{txid}:0", 25_000_000, "credited")
    assert valued_at.timestamp() * 1000 == block.time_ms


async def test_a_range_that_is_read_a_hundred_times_is_credited_once(scanning: Scanning) -> None:
    begin = (await scanning.cursor()).block
    top_ups = [await scanning.top_up("10") for _ in range(3)]
    for _, address in top_ups:
        scanning.nodes.pay(address, "4")
        scanning.nodes.chain.mine()
        scanning.nodes.pay(address, "6")
    scanning.nodes.solidify()
    await scanning.scan()
    before = await scanning.rows(FINAL)
    blocks = await scanning.chain.solid_blocks(begin + 1, (await scanning.cursor()).block)
    for _ in range(97):
        assert await scanning.scanner.book(scanning.chain, blocks, after=None) == 6
    for _ in range(3):
        await scanning.set_cursor(begin)
        assert (await scanning.scan()).arrivals == 6
    assert await scanning.rows(FINAL) == before
    assert await scanning.rows(CREDITS) == [(6,)]
    assert [await scanning.balance(top_up) for top_up, _ in top_ups] == [10_000_000] * 3


async def test_what_is_no_payment_changes_nothing(scanning: Scanning) -> None:
    fake, fake_address = await scanning.top_up()
    failed, failed_address = await scanning.top_up()
    silent, silent_address = await scanning.top_up()
    scanning.nodes.paid(fake_address, "25", "fake")
    failing = scanning.nodes.paid(failed_address, "25")
    scanning.first_node(lies=[{"block": failing, "kind": "fail"}])  # its event stays in the receipt
    scanning.nodes.pay(silent_address, "25")
    scanning.nodes.chain.mine(silent=True)
    scanning.nodes.solidify()
    assert (await scanning.scan()).arrivals == 0
    for top_up in (fake, failed, silent):
        assert await scanning.state(top_up) == ("waiting", "0.000000", "0.000000")
    assert await scanning.rows(CREDITS) == [(0,)]


async def test_what_vanishes_with_its_block_is_no_longer_seen_and_never_credited(scanning: Scanning) -> None:
    top_up, address = await scanning.top_up()
    txid = scanning.nodes.pay(address, "25")
    scanning.nodes.chain.mine()
    scanning.nodes.chain.mine(3)
    await scanning.scan()
    assert (await scanning.state(top_up))[0] == "seen"
    scanning.nodes.chain.fork(4, lost=[bytes.fromhex(txid)])
    await scanning.scan()
    assert await scanning.state(top_up) == ("waiting", "0.000000", "0.000000")
    scanning.nodes.solidify()
    await scanning.scan()
    assert await scanning.state(top_up) == ("waiting", "0.000000", "0.000000")


async def test_what_moves_to_another_block_is_credited_once_with_the_time_of_that_block(scanning: Scanning) -> None:
    top_up, address = await scanning.top_up()
    scanning.nodes.pay(address, "25")
    scanning.nodes.chain.mine(2)
    await scanning.scan()
    scanning.nodes.chain.fork(2)
    moved = scanning.nodes.chain.head.number
    await scanning.scan()
    scanning.nodes.solidify()
    await scanning.scan()
    assert await scanning.state(top_up) == ("credited", "25.000000", "0.000000")
    [(block,)] = await scanning.rows("SELECT block FROM incoming_transfers")
    assert block <= moved and await scanning.rows(CREDITS) == [(1,)]


async def test_dust_counts_and_the_same_amount_twice_is_two_payments(scanning: Scanning) -> None:
    dusted, dust_address = await scanning.top_up()
    twice, twice_address = await scanning.top_up("25")
    scanning.nodes.pay(dust_address, "0.000001")
    scanning.nodes.pay(twice_address, "25")
    scanning.nodes.pay(twice_address, "25")
    scanning.nodes.solidify()
    assert (await scanning.scan()).arrivals == 3
    assert (await scanning.state(dusted))[:2] == ("partially_received", "0.000001")
    assert (await scanning.state(twice))[:2] == ("overpaid", "50.000000")


async def test_two_scanners_at_once_credit_once_and_leave_no_gap(scanning: Scanning) -> None:
    top_ups = [await scanning.top_up("10") for _ in range(4)]
    for _, address in top_ups:
        scanning.nodes.pay(address, "10")
        scanning.nodes.chain.mine(6)
    scanning.nodes.solidify()
    both = scanning.new_scanner(), scanning.new_scanner()
    while (await scanning.cursor()).block < scanning.nodes.chain.solid_number:
        await asyncio.gather(*(scanner.round(scanning.chain) for scanner in both))
    assert await scanning.rows(CREDITS) == [(4,)]
    assert [await scanning.balance(top_up) for top_up, _ in top_ups] == [10_000_000] * 4


async def test_a_batch_that_does_not_follow_the_cursor_is_refused(scanning: Scanning) -> None:
    scanning.nodes.chain.mine(3)
    cursor = await scanning.cursor()
    ahead = await scanning.chain.solid_blocks(cursor.block + 2, cursor.block + 2)
    with pytest.raises(OutOfOrder):
        await scanning.scanner.book(scanning.chain, ahead, after=cursor.block + 1)
    assert (await scanning.cursor()).block == cursor.block


async def test_the_cost_of_a_block_does_not_depend_on_how_many_top_ups_are_open(scanning: Scanning) -> None:
    async def statements() -> int:
        scanning.nodes.chain.mine(5)
        with statements_of(scanning.database) as seen:
            assert (await scanning.new_scanner().round(scanning.chain)).blocks == 5
        return len(seen)

    alone = await statements()
    for _ in range(20):
        await scanning.top_up()
    assert await statements() == alone


async def test_reading_begins_where_it_is_told_to(scanning: Scanning) -> None:
    top_up, address = await scanning.top_up()
    block = scanning.nodes.paid(address, "25")
    await scanning.change("DELETE FROM chain_cursors")
    await scanning.new_scanner().round(scanning.chain)
    assert (await scanning.state(top_up))[0] == "waiting"
    await scanning.change("DELETE FROM chain_cursors")
    await scanning.new_scanner(first_block=block).round(scanning.chain)
    assert (await scanning.state(top_up))[:2] == ("credited", "25.000000")
