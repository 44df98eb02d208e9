"""What the node takes and what it refuses, by the codes of java-tron."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.fixtures.tron import USDT_ADDRESS, Owner, TronNode, owner
from tron.answers import Done, Refused
from tron.node.execution import ENERGY_SUN
from tron.node.tokens import FIRST_TRANSFER_ENERGY, TRANSFER_ENERGY
from tron.transactions import token_transfer, trx_transfer
from tron.values import Header, Sent, Unsigned

TRX = 1_000_000
ID = "ab" * 32


async def head(tron: TronNode) -> Header:
    answer = await tron.client.head()
    assert isinstance(answer, Done)
    return answer.value


async def transfer(tron: TronNode, sender: Owner, to: str, **other: Any) -> Unsigned:
    reference = other.pop("reference", None) or await head(tron)
    given = {"expires_at": reference.time + timedelta(minutes=5), "salt": "1", "fee_limit_sun": 50 * TRX, **other}
    return token_transfer(reference, USDT_ADDRESS, sender.address, to, given.pop("minor", 1_000), **given)


async def broadcast(tron: TronNode, made: Unsigned, signer: Owner):
    return await tron.client.broadcast(made.raw_data_hex, signer.signature(made.txid))


async def test_a_transfer_moves_tokens_and_burns_trx_for_energy(tron: TronNode) -> None:
    sender = await tron.funded(usdt=5_000, trx=50 * TRX)
    to = owner().address
    assert await tron.client.transfer_energy(USDT_ADDRESS, sender.address, to, 1_000) == Done(FIRST_TRANSFER_ENERGY)
    txid = await tron.transfer(sender, to, 1_000)
    assert await tron.client.transaction(txid, solid=False) == Done(None)
    tron.solidify()
    answer = await tron.client.transaction(txid)
    assert isinstance(answer, Done)
    assert answer.value is not None
    assert (answer.value.succeeded, answer.value.result) == (True, "SUCCESS")
    assert answer.value.fee_sun == FIRST_TRANSFER_ENERGY * ENERGY_SUN
    account = await tron.client.account(sender.address)
    assert isinstance(account, Done)
    assert account.value.sun == 50 * TRX - answer.value.fee_sun
    assert await tron.client.token_balance(USDT_ADDRESS, to) == Done(1_000)
    assert await tron.client.token_balance(USDT_ADDRESS, sender.address) == Done(4_000)
    assert await tron.client.transfer_energy(USDT_ADDRESS, sender.address, to, 1_000) == Done(TRANSFER_ENERGY)


async def test_a_second_transfer_of_a_day_also_burns_trx_for_bandwidth(tron: TronNode) -> None:
    sender = await tron.funded(usdt=5_000, trx=50 * TRX)
    for salt in ("1", "2"):
        txid = await tron.transfer(sender, owner().address, 1_000, salt=salt)
        tron.mine()
    answer = await tron.client.transaction(txid, solid=False)
    assert isinstance(answer, Done)
    assert answer.value is not None
    assert 300_000 < answer.value.fee_sun - FIRST_TRANSFER_ENERGY * ENERGY_SUN < 400_000
    tron.pass_time(86_400)
    tron.mine()
    resources = await tron.client.resources(sender.address)
    assert isinstance(resources, Done)
    assert resources.value.bandwidth == 600


async def test_with_too_little_energy_a_transfer_fails_and_costs_its_limit(tron: TronNode) -> None:
    sender = await tron.funded(usdt=5_000, trx=50 * TRX)
    txid = await tron.transfer(sender, owner().address, 1_000, fee_limit=2 * TRX)
    tron.solidify()
    answer = await tron.client.transaction(txid)
    assert isinstance(answer, Done)
    assert answer.value is not None
    assert (answer.value.succeeded, answer.value.result, answer.value.fee_sun) == (False, "OUT_OF_ENERGY", 2 * TRX)
    assert await tron.client.token_balance(USDT_ADDRESS, sender.address) == Done(5_000)


async def test_more_tokens_than_there_are_are_reverted_and_cost(tron: TronNode) -> None:
    sender = await tron.funded(usdt=5_000, trx=50 * TRX)
    energy = await tron.client.transfer_energy(USDT_ADDRESS, sender.address, owner().address, 6_000)
    assert isinstance(energy, Refused)
    assert energy.code == "REVERT"
    txid = await tron.transfer(sender, owner().address, 6_000)
    tron.solidify()
    answer = await tron.client.transaction(txid)
    assert isinstance(answer, Done)
    assert answer.value is not None
    assert (answer.value.succeeded, answer.value.result) == (False, "REVERT")
    assert answer.value.message == "REVERT opcode executed"
    assert answer.value.fee_sun > 0


async def test_a_transfer_of_trx_makes_an_account_for_a_fee(tron: TronNode) -> None:
    sender = await tron.funded(trx=50 * TRX)
    to = owner().address
    reference = await head(tron)
    made = trx_transfer(
        reference, sender.address, to, 3 * TRX, expires_at=reference.time + timedelta(minutes=5), salt="1"
    )
    await tron.send(made, sender)
    tron.mine()
    answer = await tron.client.transaction(made.txid, solid=False)
    assert isinstance(answer, Done)
    assert answer.value is not None
    prices = await tron.client.prices()
    assert isinstance(prices, Done)
    assert answer.value.fee_sun == prices.value.new_account_sun == 1_100_000
    account = await tron.client.account(to)
    assert isinstance(account, Done)
    assert (account.value.sun, account.value.active) == (3 * TRX, True)


async def test_a_forged_signature_is_refused(tron: TronNode) -> None:
    sender = await tron.funded(usdt=5_000, trx=50 * TRX)
    made = await transfer(tron, sender, owner().address)
    answer = await broadcast(tron, made, owner())
    assert isinstance(answer, Refused)
    assert answer.code == "SIGERROR"
    nonsense = await tron.client.broadcast(made.raw_data_hex, "11" * 65)
    assert isinstance(nonsense, Refused)
    assert nonsense.code == "SIGERROR"


async def test_a_transaction_is_taken_once(tron: TronNode) -> None:
    sender = await tron.funded(usdt=5_000, trx=50 * TRX)
    made = await transfer(tron, sender, owner().address)
    assert await broadcast(tron, made, sender) == Done(Sent(made.txid, again=False))
    assert await broadcast(tron, made, sender) == Done(Sent(made.txid, again=True))
    tron.solidify()
    assert await broadcast(tron, made, sender) == Done(Sent(made.txid, again=True))
    tron.mine()
    assert await tron.client.token_balance(USDT_ADDRESS, sender.address) == Done(4_000)


async def test_an_expired_transaction_and_one_that_lives_too_long_are_refused(tron: TronNode) -> None:
    sender = await tron.funded(usdt=5_000, trx=50 * TRX)
    reference = await head(tron)
    late = await transfer(tron, sender, owner().address, reference=reference, expires_at=reference.time)
    answer = await broadcast(tron, late, sender)
    assert isinstance(answer, Refused)
    assert answer.code == "TRANSACTION_EXPIRATION_ERROR"
    far = await transfer(tron, sender, owner().address, expires_at=reference.time + timedelta(days=2))
    answer = await broadcast(tron, far, sender)
    assert isinstance(answer, Refused)
    assert answer.code == "TRANSACTION_EXPIRATION_ERROR"


@pytest.mark.parametrize("other", ["of another chain", "from the future"])
async def test_a_wrong_reference_to_the_chain_is_refused(tron: TronNode, other: str) -> None:
    sender = await tron.funded(usdt=5_000, trx=50 * TRX)
    here = await head(tron)
    number = here.number if other == "of another chain" else here.number + 1
    wrong = Header(number, f"{number:016x}" + "ab" * 24, ID, here.time, empty=True)
    answer = await broadcast(tron, await transfer(tron, sender, owner().address, reference=wrong), sender)
    assert isinstance(answer, Refused)
    assert answer.code == "TAPOS_ERROR"


async def test_what_the_client_makes_lives_by_the_newest_block(tron: TronNode) -> None:
    sender = await tron.funded(usdt=5_000, trx=50 * TRX)
    tron.pass_time(7_200)
    tron.mine()  # the newest final block is two hours older
    txid = await tron.transfer(sender, owner().address, 1_000)
    tron.solidify()
    assert await tron.client.transaction(txid) != Done(None)


async def test_an_account_that_the_chain_does_not_know_cannot_send(tron: TronNode) -> None:
    sender = await tron.funded(usdt=5_000)
    account = await tron.client.account(sender.address)
    assert isinstance(account, Done)
    assert account.value.active is False
    answer = await broadcast(tron, await transfer(tron, sender, owner().address), sender)
    assert isinstance(answer, Refused)
    assert answer.code == "CONTRACT_VALIDATE_ERROR"
    assert "does not exist" in answer.message


async def test_without_trx_for_bandwidth_nothing_is_sent(tron: TronNode) -> None:
    sender = await tron.funded(usdt=5_000, trx=1)
    await tron.transfer(sender, owner().address, 1_000)  # takes the day's free bandwidth
    tron.mine()
    answer = await broadcast(tron, await transfer(tron, sender, owner().address, salt="2"), sender)
    assert isinstance(answer, Refused)
    assert answer.code == "BANDWITH_ERROR"


async def test_trx_is_not_sent_to_a_contract(tron: TronNode) -> None:
    sender = await tron.funded(trx=50 * TRX)
    reference = await head(tron)
    expires_at = reference.time + timedelta(minutes=5)
    made = trx_transfer(reference, sender.address, USDT_ADDRESS, TRX, expires_at=expires_at, salt="1")
    answer = await broadcast(tron, made, sender)
    assert isinstance(answer, Refused)
    assert answer.code == "CONTRACT_VALIDATE_ERROR"
