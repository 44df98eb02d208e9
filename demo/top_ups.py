"""The act about money from outside: a service in USDT, paid by a top-up over TRON."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

import httpx
from holdfast_client.api.top_ups import create_top_up, get_top_up
from holdfast_client.api.wallets import open_wallet
from holdfast_client.models.money_in import MoneyIn
from holdfast_client.models.top_up_in import TopUpIn
from holdfast_client.models.top_up_now_out import TopUpNowOut
from holdfast_client.models.wallet_in import WalletIn

from demo.expect import Broken, expect
from demo.stage import Scene
from demo.world import World

FINAL_WITHIN_S = 240.0  # twenty blocks of three seconds make a payment final; the machine may be busy


async def paid_in_usdt(world: World, scene: Scene) -> None:
    """(j) A customer sends USDT to the address of a top-up; when the block is final, the service is funded."""
    customer, performer = world.take(6), world.take(7)
    usdt = WalletIn("USDT")
    wallet = await world.market.make(open_wallet.asyncio_detailed, customer.user_id, body=usdt)
    deal = await world.market.propose(customer.user_id, performer.user_id, "50.00", "USDT", title="A drawing")
    await world.market.confirm(deal.id, performer.user_id)
    price = MoneyIn(deal.price.amount, deal.price.currency)
    body = TopUpIn(UUID(wallet.wallet_id), "usdt_tron", price, deal_id=UUID(deal.id))
    top_up = await world.market.make(create_top_up.asyncio_detailed, body=body)
    data = top_up.gateway_data
    assert data is not None, "it waits for money"
    scene.say(f"{customer.name} orders a top-up of {data.amount.amount} USDT: pay to {data.address}")

    async with httpx.AsyncClient(base_url=world.stack.urls["faucet"], trust_env=False, timeout=30) as node:
        paid = await node.post("control/faucet", json={"address": data.address, "minor": 50_000_000})
        paid.raise_for_status()
    scene.say(f"somebody pays from outside: transaction {paid.json()['txid'][:16]}…")
    seen = await _until(world, top_up, "seen", "credited")
    if seen.state == "seen":
        scene.say("the payment is in a block that may still be replaced: seen, and not credited")
    done = await _until(world, top_up, "credited")
    await world.market.until_deal(deal.id, "funded")
    scene.say(f"the block is final: {done.received.amount} USDT are credited, and the deal is funded")

    await world.market.accept(deal.id, customer.user_id)
    await world.market.until_deal(deal.id, "completed")
    earned = await world.market.wallet(performer.user_id, "USDT")
    scene.say(f"accepted: {performer.name} has {earned.balance.amount} USDT")
    expect(earned.balance.amount == "47.500000", "the performer has the price less commission")


async def _until(world: World, top_up: TopUpNowOut, *states: str) -> TopUpNowOut:
    deadline = time.monotonic() + FINAL_WITHIN_S
    while True:
        found = await world.market.read(get_top_up.asyncio_detailed, top_up.top_up_id)
        if found.state in states:
            return found
        if time.monotonic() > deadline:
            raise Broken(f"top-up {top_up.top_up_id} is {found.state}, not {' or '.join(states)}")
        await asyncio.sleep(0.5)
