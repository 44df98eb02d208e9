"""Scenes with what leaves our addresses: it is swept, and paid to a withdrawal; a worker dies at each step of it."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from domain.outgoing import OutgoingStep
from domain.sweeps import SUN
from tests.fixtures.outgoing import TOKEN
from tests.fixtures.party_wallets import wallet_of
from tests.fixtures.payers import Payer
from tests.fixtures.tron import owner
from tests.prove.chain import OnChain
from tests.prove.incoming_scenes import read_chain, scalar
from tests.prove.rig import Rig
from tests.prove.scenes import Scene, step, transaction
from tests.prove.watch import PATIENCE_S

SWEPT = 150  # USDT: enough for a sweep of one address
PAID = 100  # less than the fee of 2, which stays
_UNUSED = text(
    "SELECT address FROM chain_addresses a WHERE top_up_id IS NULL AND NOT EXISTS"
    " (SELECT FROM incoming_transfers t WHERE t.address_index = a.index) ORDER BY index LIMIT 1"
)
_AT_REST = text(
    "SELECT a.balance_minor = 0 AND NOT EXISTS (SELECT FROM sweeps WHERE state = 'open')"
    " AND (SELECT sum(amount_minor) FROM incoming_transfers t WHERE t.address_index = a.index) = :minor"
    " FROM chain_addresses a WHERE a.address = :address"
)
_MAIN = text("SELECT coalesce(sum(balance_minor), 0)::bigint FROM chain_accounts WHERE name = 'main'")
_READ = text("SELECT coalesce(max(block), 0) FROM chain_cursors WHERE network = 'tron'")
_SENT = text("SELECT string_agg(state, ', ') FROM outgoing_transactions WHERE about = 'withdrawal/' || :id")


async def swept(rig: Rig) -> None:
    """USDT comes to one of our addresses; it is booked once, gets its gas once, and arrives at the main wallet once."""
    chain = await read_chain(rig)
    before, address = await chain.token_balance(chain.signer.main), str(await scalar(rig, _UNUSED))
    chain.node.pay(address, SWEPT * TOKEN)
    async with asyncio.timeout(PATIENCE_S):
        while not await scalar(rig, _AT_REST, address=address, minor=SWEPT * TOKEN):
            await _mine(rig, chain)
    await _main_has(rig, chain, before + SWEPT * TOKEN)


async def paid_to_address(rig: Rig) -> None:
    """A withdrawal is paid to its address by one transaction, once, and its hold is captured."""
    chain = await read_chain(rig)
    while await scalar(rig, _MAIN) < PAID * TOKEN:
        await swept(rig)
    before = await chain.token_balance(chain.signer.main)
    world = chain.world(rig.market)
    world.pay_trx(chain.signer.main, 1_000 * SUN)
    wallet = await wallet_of(rig.market, await rig.party(), "200", currency="USDT")
    payer = Payer(world, wallet, owner().address)
    row = await payer.withdraw(str(PAID))
    async with asyncio.timeout(PATIENCE_S):
        while (await rig.market.now(row)).state != "done":
            await _mine(rig, chain)
    assert (await payer.state(), await payer.received()) == ((98, 0), PAID), "it was not paid exactly once"
    sent = await scalar(rig, _SENT, id=str(row.id))
    assert sent == "done", f"its transactions are {sent}"
    await _main_has(rig, chain, before - PAID * TOKEN)


async def _mine(rig: Rig, chain: OnChain) -> None:
    """One block more, once the last is read: while no worker lives, no transaction grows old."""
    if await scalar(rig, _READ) >= chain.node.chain.solid_number:
        chain.node.mine()
    await asyncio.sleep(0.2)


async def _main_has(rig: Rig, chain: OnChain, minor: int) -> None:
    there, booked = await chain.token_balance(chain.signer.main), await scalar(rig, _MAIN)
    assert there == booked == minor, f"the main wallet has {there}, the books {booked}, and not {minor}"


_SENDING = [point for name in OutgoingStep for point in step(f"advance_outgoing/{name}")]

SCENES = (
    Scene(swept, [*transaction("begin_sweep"), *transaction("resume_sweep"), *step("move_address"), *_SENDING]),
    # Nothing else is sent once it is ordered, so that the worker dies at its own transaction.
    Scene(paid_to_address, [*step("order_transfer"), *_SENDING]),
)
