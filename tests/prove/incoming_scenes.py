"""Scenes in which money comes in, over the chain and by bank: a worker dies while it reads it, and books it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import TextClause, text

from domain.resolutions import ResolutionState
from market.bank_statements import record_news
from store.chain.addresses import address_of
from store.wallets.top_ups import TopUp
from store.wallets.wallets import Wallet
from tests.fixtures.bank_transfers import BankTransfers, bank_transfers
from tests.fixtures.party_wallets import wallet_state
from tests.fixtures.sagas import Party
from tests.fixtures.top_ups import order
from tests.prove.chain import OnChain
from tests.prove.rig import OPENING_MINOR, Rig
from tests.prove.scenes import Scene, step, transaction
from tests.prove.watch import PATIENCE_S, until_counted
from tron.values import time_of

PART_MINOR = 20_000_000  # 20 USDT, twice too little for an address to be swept: other scenes count what is
REMITTED_MINOR = 100_00
UNMATCHED_MINOR = 70_00
WITHIN = timedelta(minutes=5)
_RECORDED = text("SELECT count(*) FROM incoming_transfers WHERE top_up_id = :id")
_DECIDED = text("SELECT count(*) FROM resolutions WHERE id = :id AND state = :state")


async def scanned(rig: Rig) -> None:
    """The block that pays a top-up is read again by the next worker, and credited once."""
    chain = await read_chain(rig)
    top_up = await order(rig.market, await rig.party(), "20")
    chain.node.pay(await _address(rig, top_up), PART_MINOR)
    chain.node.solidify()
    await rig.watch.until(top_up, "credited")
    await _in_wallet(rig, top_up, "20.000000, 0.000000 held")
    assert await scalar(rig, _RECORDED, id=top_up.id) == 1


async def topped_up(rig: Rig) -> None:
    """One top-up is paid in part, and late in part; for the other nothing comes. Both end once the chain is read."""
    chain = await read_chain(rig)
    party, pay_by = await rig.party(), _head(chain) + WITHIN
    paid, unpaid = [await order(rig.market, party, pay_by=pay_by) for _ in "12"]
    address = await _address(rig, paid)
    chain.node.pay(address, PART_MINOR)
    chain.node.solidify()
    chain.node.pass_time(2 * int(WITHIN.total_seconds()))
    chain.node.pay(address, PART_MINOR)
    chain.node.solidify()
    for row in (paid, unpaid):
        await rig.market.set_clock(row, pay_by - row.created_at + WITHIN)
    await rig.watch.until(unpaid, "expired")
    await rig.watch.until(paid, "late")
    await _in_wallet(rig, paid, "40.000000, 0.000000 held")
    assert await scalar(rig, _RECORDED, id=paid.id) == 2


async def remitted(rig: Rig) -> None:
    """What comes to our account at a bank, with a reference, is read again by the next worker, and credited once."""
    transfers = await _transfers(rig)
    owner, payer = await rig.party(), await rig.party(1)
    top_up, data = await transfers.begin(owner)
    key = await transfers.pay(payer, data)
    async with asyncio.timeout(PATIENCE_S):
        while (await rig.market.now(top_up)).state != "credited":
            async with rig.market.database.transaction() as session:
                await record_news(session, data.account or "")  # as the bank's webhook does, or the next reading
            await asyncio.sleep(0.2)
    await _in_wallet(rig, top_up, "100.00, 0.00 held")
    assert (await transfers.known(key)).state == "credited"
    await _has(rig, payer, OPENING_MINOR - REMITTED_MINOR)


async def sent_back(rig: Rig) -> None:
    """What belongs to nobody goes back to its sender: the bank is asked again by the next worker, and does it once."""
    transfers = await _transfers(rig)
    payer = await rig.party(1)
    incoming = await transfers.unmatched(payer)
    before = await transfers.in_suspense()
    asked = await transfers.approved(await transfers.asked_for_return(incoming))
    returned = {"id": asked.id, "state": ResolutionState.RETURNED}
    await until_counted(rig.market.database, _DECIDED, returned, lambda found: found > 0)
    left = before - await transfers.in_suspense()
    assert left == UNMATCHED_MINOR, f"{left} has left suspense"
    await _has(rig, payer, OPENING_MINOR)


async def read_chain(rig: Rig) -> OnChain:
    """The chain, read to its head."""
    assert rig.on_chain is not None
    await rig.on_chain.read(rig.market)
    return rig.on_chain


async def _transfers(rig: Rig) -> BankTransfers:
    """All that came before is read, as by a worker that is gone."""
    return await bank_transfers(rig.market)


def _head(chain: OnChain) -> datetime:
    return time_of(chain.node.chain.head.time_ms)


async def _address(rig: Rig, top_up: TopUp) -> str:
    async with rig.market.database.transaction() as session:
        return await address_of(session, top_up.id) or ""


async def _in_wallet(rig: Rig, top_up: TopUp, expected: str) -> None:
    async with rig.market.database.transaction() as session:
        wallet = await session.get_one(Wallet, top_up.wallet_id)
    seen = await wallet_state(rig.market, wallet)
    assert seen == expected, f"the wallet has {seen}"


async def _has(rig: Rig, payer: Party, minor: int) -> None:
    """At the bank of the platform's account, so that no fee is taken."""
    [seen] = (await rig.balances([payer.number])).values()
    assert seen == (minor, 0), f"the payer has {seen}"


async def scalar(rig: Rig, query: TextClause, **values: object) -> Any:
    async with rig.market.database.transaction() as session:
        return await session.scalar(query, values)


SCENES = (
    Scene(scanned, transaction("scan_blocks")),
    Scene(topped_up, transaction("resume_top_up")),
    Scene(remitted, step("read_statements")),
    # The first place is before anything is read or asked: the scene above.
    Scene(sent_back, step("read_statements")[1:]),
)
