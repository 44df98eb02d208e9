"""The acts about faults: a worker killed in the middle of a payment, and a person who guesses codes."""

from __future__ import annotations

import asyncio

from demo.bank_admin import Json, money
from demo.expect import expect
from demo.market import Refused
from demo.pace import TooSlow, at_any_pace
from demo.stage import Scene
from demo.world import World

SILENCE_S = 9.0  # longer than it takes to notice a dead worker and to start another
WITHIN_S = 60.0


@at_any_pace
async def killed_worker(world: World, scene: Scene, pace: int) -> None:
    """(e) The worker killed in the middle of a payment whose bank reply is lost, and restarted: paid once."""
    buyer, seller = world.take(9), world.take(10)
    before = await world.balance(buyer)
    deal = await world.bought(seller, buyer, "250.00", "A kettle")
    payment = await world.market.pay(deal.id, buyer.account_id)
    code = await world.code(buyer)
    await world.market.until_payment(payment.id, "awaiting_code")
    await world.bank.behave(buyer.bank_id, slow_s=SILENCE_S * pace, steps=("debit",))
    key = f"payment/{payment.id}/debit/1"
    try:
        await world.market.submit(payment.id, code)
        await _arrived(world, key)
        killed = world.stack.kill("worker")
        scene.say(f"the bank has the debit and is silent; worker {killed} is killed with SIGKILL")
        started = await world.stack.wait_ready("worker")
        scene.say(f"worker {started} takes over")
        expect(started != killed, "another process has taken over")
        await world.market.until_deal(deal.id, "completed", within_s=WITHIN_S * pace)
    finally:
        await world.bank.behave(buyer.bank_id)
    requests = await world.bank.requests(key)
    if len(requests) < 2:  # the first request finished before the other worker asked, so it proves nothing
        raise TooSlow("to have another worker ask while the bank was silent")
    debits = await world.bank.operations(deal.id, "debit")
    paid = before - await world.balance(buyer)
    scene.say(
        f"the bank counts {len(requests)} requests under the one key and {len(debits)} operation; "
        f"{buyer.name} paid {paid}: [green]paid once[/]"
    )
    expect(len(debits) == 1, "one operation")
    expect(paid == money(payment.total.amount), "amount and fee were taken once")


async def _arrived(world: World, key: str) -> list[Json]:
    for _ in range(1200):  # a minute
        if requests := await world.bank.requests(key):
            return requests
        await asyncio.sleep(0.05)
    expect(False, "the debit reached the bank")
    return []


async def guesses(world: World, scene: Scene) -> None:
    """(f) A wrong code, five times: the code is used up and nothing was taken."""
    buyer, seller = world.take(1), world.take(2)
    before = await world.balance(buyer)
    deal = await world.bought(seller, buyer, "300.00", "A chair")
    payment = await world.market.pay(deal.id, buyer.account_id)
    code = await world.code(buyer)
    await world.market.until_payment(payment.id, "awaiting_code")
    for number in range(1, 6):
        await world.market.submit(payment.id, f"0000-000{number}")
        await world.market.until_payment(payment.id, "awaiting_code")
    attempts = (await world.market.payment(payment.id)).attempts
    scene.say("five guesses: " + ", ".join(str(attempt.state) for attempt in attempts))
    expect(all(attempt.state == "rejected" for attempt in attempts) and len(attempts) == 5, "five rejections")
    try:
        await world.market.submit(payment.id, code)
        expect(False, "a used-up code must be refused, even the right one")
    except Refused as refused:
        expect(refused.code == "no_tries_left", f"refused as {refused.code}")
        scene.say(f"the right code now: [yellow]{refused.status} {refused.code}[/]")
    await world.market.cancel(payment.id)
    await world.market.until_payment(payment.id, "cancelled")
    expect(await world.balance(buyer) == before, "nothing was taken")
    expect((await world.bank.held(buyer.number)).minor == 0, "nothing is held")
    scene.say("the payment is cancelled; nothing was taken")
