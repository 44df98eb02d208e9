"""Blocks: linked by their ids, final after 19 others, replaced before."""

from __future__ import annotations

import hashlib

import pytest

from tests.fixtures.tron import USDT_ADDRESS, TronNode, now_ms, owner
from tron.addresses import word
from tron.answers import Done
from tron.node.chain import CannotFork, Chain
from tron.node.encoding import merkle_root
from tron.values import Block, Header


async def block(tron: TronNode, number: int, *, solid: bool = True) -> Block:
    answer = await tron.client.block(number, solid=solid)
    assert isinstance(answer, Done), answer
    return answer.value


async def headers(tron: TronNode) -> tuple[Header, Header]:
    """The newest solidified block and the newest."""
    solid, newest = await tron.client.solid_head(), await tron.client.head()
    assert isinstance(solid, Done)
    assert isinstance(newest, Done)
    return solid.value, newest.value


async def test_blocks_are_linked_and_three_seconds_apart(tron: TronNode) -> None:
    tron.mine(5)
    before = await block(tron, 1)
    for number in range(2, 6):
        here = await block(tron, number)
        assert here.header.parent_id == before.header.id
        assert (here.header.time - before.header.time).total_seconds() == 3
        before = here


async def test_a_block_is_final_19_blocks_later(tron: TronNode) -> None:
    address = owner().address
    tron.pay(address, 7)
    tron.mine()
    _, newest = await headers(tron)
    assert not isinstance(await tron.client.header(newest.number), Done)
    tron.mine(18)
    assert not isinstance(await tron.client.header(newest.number), Done)
    tron.mine()
    solid, _ = await headers(tron)
    assert solid == newest
    [receipt] = (await block(tron, newest.number)).receipts
    assert receipt["log"][0]["topics"][2] == word(address)


async def test_an_empty_block_says_so_in_its_header(tron: TronNode) -> None:
    tron.pay(owner().address, 7)
    tron.solidify()
    number = tron.chain.solid_number
    assert (await block(tron, number)).header.empty is False
    assert (await block(tron, number - 1)).header.empty is True


async def test_a_fork_replaces_blocks_and_their_transactions_are_taken_again(tron: TronNode) -> None:
    address = owner().address
    txid = tron.pay(address, 7)
    tron.mine(2)
    _, before = await headers(tron)
    tron.chain.fork(2)
    _, after = await headers(tron)
    assert (after.number, after.id != before.id) == (before.number + 1, True)
    assert (await block(tron, before.number, solid=False)).header.id != before.id
    assert await tron.client.token_balance(USDT_ADDRESS, address) == Done(7)
    found = await tron.client.transaction(txid, solid=False)
    assert isinstance(found, Done)
    assert found.value is not None


async def test_what_a_fork_loses_was_never_there(tron: TronNode) -> None:
    address = owner().address
    txid = tron.pay(address, 7)
    kept = tron.pay(address, 8)
    tron.mine(3)
    tron.chain.fork(3, lost=[bytes.fromhex(txid)])
    tron.solidify()
    assert await tron.client.transaction(txid) == Done(None)
    assert await tron.client.token_balance(USDT_ADDRESS, address) == Done(8)
    assert await tron.client.transaction(kept) != Done(None)


async def test_solidified_blocks_are_never_replaced(tron: TronNode) -> None:
    tron.pay(owner().address, 7)
    tron.solidify()
    kept = range(tron.chain.solid_number - 3, tron.chain.solid_number + 1)
    before = [await block(tron, number) for number in kept]
    with pytest.raises(CannotFork):
        tron.chain.fork(20)
    tron.chain.fork(19)
    tron.chain.fork(5)
    assert [await block(tron, number) for number in kept] == before


async def test_a_test_may_break_even_that(tron: TronNode) -> None:
    tron.mine(3)
    solid, _ = await headers(tron)
    tron.chain.fork(20, below_solid=True)
    assert (await block(tron, solid.number)).header.id != solid.id


async def test_time_passes_on_command(tron: TronNode) -> None:
    _, before = await headers(tron)
    tron.pass_time(7_200)
    tron.chain.mine(2_400, until_now=True)
    _, after = await headers(tron)
    assert after.number == before.number + 2_400
    assert 7_190 <= (after.time - before.time).total_seconds() <= 7_230


def test_the_root_of_an_odd_number_of_transactions_takes_the_last_as_it_is() -> None:
    one, two, three = (bytes([number]) * 32 for number in (1, 2, 3))
    pair = hashlib.sha256(one + two).digest()
    assert merkle_root([]) == bytes(32)
    assert merkle_root([one]) == one
    assert merkle_root([one, two, three]) == hashlib.sha256(pair + three).digest()


def test_two_chains_of_the_same_time_begin_alike() -> None:
    first, second = Chain(now_ms), Chain(now_ms)
    first.begin(1_777_777_776_000)
    second.begin(1_777_777_776_000)
    assert first.head.id == second.head.id
