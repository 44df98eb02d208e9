"""The act about money from outside: a service in USDT, paid by a top-up over TRON."""

from __future__ import annotations

import asyncio
import time

import httpx

from demo.expect import Broken, expect
from demo.stage import Scene
from demo.world import World
from devstack.market_client import Json

FINAL_WITHIN_S = 240.0  # twenty blocks of three seconds make a payment final; the machine may be busy


async def paid_in_usdt(world: World, scene: Scene) -> None:
    """(j) A customer sends USDT to the address of a top-up; when the block is final, the service is funded."""
    customer, performer = world.take(6), world.take(7)
    wallet = await world.market.make(f"/users/{customer.user_id}/wallets", {"currency": "USDT"})
    deal = await world.market.propose(customer.user_id, performer.user_id, "50.00", "USDT", title="A drawing")
    await world.market.confirm(deal["id"], performer.user_id)
    body = {"wallet_id": wallet["wallet_id"], "gateway": "usdt_tron", "amount": deal["price"], "deal_id": deal["id"]}
    top_up = await world.market.make("/top-ups", body)
    data = top_up["gateway_data"]
    scene.say(f"{customer.name} orders a top-up of {data['amount']['amount']} USDT: pay to {data['address']}")

    async with httpx.AsyncClient(base_url=world.stack.urls["faucet"], trust_env=False, timeout=30) as node:
        paid = await node.post("control/faucet", json={"address": data["address"], "minor": 50_000_000})
        paid.raise_for_status()
    scene.say(f"somebody pays from outside: transaction {paid.json()['txid'][:16]}…")
    seen = await _until(world, top_up, "seen", "credited")
    if seen["state"] == "seen":
        scene.say("the payment is in a block that may still be replaced: seen, and not credited")
    done = await _until(world, top_up, "credited")
    await world.market.until_deal(deal["id"], "funded")
    scene.say(f"the block is final: {done['received']['amount']} USDT are credited, and the deal is funded")

    await world.market.accept(deal["id"], customer.user_id)
    await world.market.until_deal(deal["id"], "completed")
    found = (await world.market.read(f"/users/{performer.user_id}/wallets"))["items"]
    [own] = [one for one in found if one["currency"] == "USDT"]
    earned = await world.market.read(f"/wallets/{own['wallet_id']}")
    scene.say(f"accepted: {performer.name} has {earned['balance']['amount']} USDT")
    expect(earned["balance"]["amount"] == "47.500000", "the performer has the price less commission")


async def _until(world: World, top_up: Json, *states: str) -> Json:
    deadline = time.monotonic() + FINAL_WITHIN_S
    while True:
        found = await world.market.read(f"/top-ups/{top_up['top_up_id']}")
        if found["state"] in states:
            return found
        if time.monotonic() > deadline:
            raise Broken(f"top-up {top_up['top_up_id']} is {found['state']}, not {' or '.join(states)}")
        await asyncio.sleep(0.5)
