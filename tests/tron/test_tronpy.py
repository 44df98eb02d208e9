"""tronpy's own client takes the node for one of the real chain."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tronpy import AsyncTron
from tronpy.exceptions import BadSignature, TransactionNotFound, TvmError
from tronpy.providers.async_http import AsyncHTTPProvider

from tests.fixtures.tron import USDT_ADDRESS, TronNode, owner

TRX = 1_000_000


@pytest_asyncio.fixture(loop_scope="session")
async def tronpy(tron: TronNode) -> AsyncIterator[AsyncTron]:
    async with AsyncTron(AsyncHTTPProvider(tron.address)) as client:
        yield client


async def test_tronpy_reads_signs_sends_and_waits(tron: TronNode, tronpy: AsyncTron) -> None:
    sender = await tron.funded(usdt=5_000, trx=60 * TRX)
    to = owner().address
    token = await tronpy.get_contract(USDT_ADDRESS)
    assert await token.functions.symbol() == "USDT"
    assert await token.functions.decimals() == 6
    assert await token.functions.balanceOf(sender.address) == 5_000
    call = await token.functions.transfer(to, 1_000)
    built = await call.with_owner(sender.address).fee_limit(50 * TRX).build()
    sent = await built.sign(sender.key).broadcast()
    with pytest.raises(TransactionNotFound):
        await tronpy.get_transaction_info(sent.txid)
    tron.mine()
    assert await sent.result() is True
    assert await token.functions.balanceOf(to) == 1_000
    with pytest.raises(TransactionNotFound):
        await tronpy.get_solid_transaction_info(sent.txid)
    tron.solidify()
    assert (await sent.wait(solid=True))["receipt"]["result"] == "SUCCESS"


async def test_tronpy_sends_trx(tron: TronNode, tronpy: AsyncTron) -> None:
    sender = await tron.funded(trx=60 * TRX)
    to = owner().address
    built = await tronpy.trx.transfer(sender.address, to, 2 * TRX).build()
    sent = await built.sign(sender.key).broadcast()
    tron.mine()
    assert (await sent.wait())["fee"] == 1_100_000
    assert await tronpy.get_account_balance(to) == 2


async def test_tronpy_reads_refusals_by_their_names(tron: TronNode, tronpy: AsyncTron) -> None:
    sender = await tron.funded(usdt=5_000, trx=60 * TRX)
    token = await tronpy.get_contract(USDT_ADDRESS)
    call = await token.functions.transfer(owner().address, 6_000)
    built = await call.with_owner(sender.address).fee_limit(50 * TRX).build()
    forged = await (await token.functions.transfer(owner().address, 1)).with_owner(sender.address).build()
    with pytest.raises(BadSignature):
        await forged.set_signature([owner().signature(forged.txid)]).broadcast()
    sent = await built.sign(sender.key).broadcast()
    tron.mine()
    with pytest.raises(TvmError):
        await sent.result()
