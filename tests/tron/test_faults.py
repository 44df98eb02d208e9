"""Each fault shows to everybody who asks, as unknown or as a contradiction; the chain behind it stays right."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fixtures.tron import USDT_ADDRESS, TronNode, owner, tron_serving
from tron.addresses import word
from tron.answers import Done, Unknown
from tron.values import Block

TRX = 1_000_000


async def block(tron: TronNode, number: int) -> Block:
    answer = await tron.client.block(number)
    assert isinstance(answer, Done), answer
    return answer.value


def amounts(found: Block) -> list[tuple[str, int]]:
    logs = [log for receipt in found.receipts for log in receipt.get("log", ())]
    return [(log["topics"][2], int(log["data"], 16)) for log in logs]


@pytest.mark.parametrize(
    ("outage", "why"),
    [("unavailable", "HTTP 503"), ("hang_up", "connection"), ("nonsense", "not JSON")],
)
async def test_an_outage_is_unknown(tron: TronNode, outage: str, why: str) -> None:
    tron.fail(outage=outage)
    for answer in (
        await tron.client.solid_head(),
        await tron.client.block(0),
        await tron.client.transaction("ab" * 32),
    ):
        assert isinstance(answer, Unknown)
        assert why in answer.why
    tron.recover()
    assert isinstance(await tron.client.solid_head(), Done)


async def test_a_stale_node_stops_at_its_block(tron: TronNode) -> None:
    txid = tron.pay(owner().address, 7)
    tron.fail(stale_at=tron.chain.head.number)
    before = await tron.client.head()
    tron.solidify()
    assert await tron.client.head() == before
    assert await tron.client.transaction(txid, solid=False) == Done(None)
    tron.recover()
    assert await tron.client.head() != before
    assert await tron.client.transaction(txid) != Done(None)


async def test_a_missing_block_is_unknown_and_not_empty(tron: TronNode) -> None:
    tron.pay(owner().address, 7)
    tron.solidify()
    number = tron.chain.solid_number
    tron.fail(missing_blocks=[number])
    assert isinstance(await tron.client.block(number), Unknown)
    tron.fail(missing_receipts=[number])
    assert await tron.client.receipts(number) == Done([])
    assert await tron.client.block(number) == Unknown("header and receipts differ")
    tron.recover()
    assert len((await block(tron, number)).receipts) == 1


@pytest.mark.parametrize("kind", ["amount", "omit", "invent", "fail"])
async def test_a_lie_about_a_block_is_one_node_s_only(tron: TronNode, kind: str) -> None:
    address, other = owner().address, owner().address
    tron.pay(address, 7)
    tron.pay(address, 8)
    tron.solidify()
    number = tron.chain.solid_number
    truth = [(word(address), 7), (word(address), 8)]
    async with tron_serving(tron.chain) as second:
        tron.fail(lies=[{"block": number, "kind": kind, "minor": 9_000_000, "recipient": other}])
        told = await block(tron, number)
        assert amounts(await block(second, number)) == truth
    expected: dict[str, Any] = {
        "amount": [(word(address), 9_000_000), (word(address), 8)],
        "omit": [(word(address), 8)],
        "invent": [*truth, (word(other), 9_000_000)],
        "fail": truth,
    }
    assert amounts(told) == expected[kind]
    assert [receipt.get("result") for receipt in told.receipts].count("FAILED") == (kind == "fail")


async def test_a_dropped_broadcast_is_acknowledged_and_forgotten(tron: TronNode) -> None:
    sender = await tron.funded(usdt=5_000, trx=50 * TRX)
    tron.fail(drop_broadcasts=True)
    txid = await tron.transfer(sender, owner().address, 1_000)
    tron.recover()
    tron.solidify()
    assert await tron.client.transaction(txid) == Done(None)
    assert await tron.client.token_balance(USDT_ADDRESS, sender.address) == Done(5_000)


async def test_a_lost_answer_to_a_broadcast_is_unknown_and_the_transfer_happens(tron: TronNode) -> None:
    sender = await tron.funded(usdt=5_000, trx=50 * TRX)
    made = await tron.client.build_token_transfer(
        USDT_ADDRESS, sender.address, owner().address, 1_000, fee_limit_sun=50 * TRX, lives_s=600, salt=""
    )
    assert isinstance(made, Done)
    tron.fail(lose_broadcast_answers=True)
    answer = await tron.client.broadcast(made.value.raw_data_hex, sender.signature(made.value.txid))
    assert answer == Unknown("HTTP 504")
    tron.recover()
    tron.solidify()
    assert await tron.client.transaction(made.value.txid) != Done(None)


async def test_a_busy_node_is_unknown(tron: TronNode) -> None:
    sender = await tron.funded(usdt=5_000, trx=50 * TRX)
    made = await tron.client.build_trx_transfer(sender.address, owner().address, TRX, lives_s=600, salt="")
    assert isinstance(made, Done)
    tron.fail(refuse_broadcasts="SERVER_BUSY")
    answer = await tron.client.broadcast(made.value.raw_data_hex, sender.signature(made.value.txid))
    assert answer == Unknown("SERVER_BUSY")


async def test_a_silent_transfer_moves_tokens_without_an_event(tron: TronNode) -> None:
    address = owner().address
    tron.fail(silent_transfers=True)
    tron.pay(address, 7)
    tron.solidify()
    found = await block(tron, tron.chain.solid_number)
    assert (len(found.receipts), amounts(found)) == (1, [])
    assert await tron.client.token_balance(USDT_ADDRESS, address) == Done(7)


async def test_a_fake_token_has_the_same_event_from_another_contract(tron: TronNode) -> None:
    address = owner().address
    tron.pay(address, 7, "fake")
    tron.solidify()
    found = await block(tron, tron.chain.solid_number)
    assert amounts(found) == [(word(address), 7)]
    assert found.receipts[0]["log"][0]["address"] != word(USDT_ADDRESS)[24:]
    assert await tron.client.token_balance(USDT_ADDRESS, address) == Done(0)
