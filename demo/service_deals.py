"""The act about a service: proposed, confirmed, paid as soon as the customer's wallet has the price, accepted."""

from __future__ import annotations

from demo.expect import expect
from demo.stage import Scene
from demo.world import World


async def paid_when_the_money_comes(world: World, scene: Scene) -> None:
    """(i) Two services wait for one wallet; a deposit that is enough for one pays the one that was confirmed first."""
    customer, performer, other = world.take(3), world.take(4), world.take(5)
    first = await world.market.propose(customer.user_id, performer.user_id, "600.00", title="A logo")
    second = await world.market.propose(customer.user_id, other.user_id, "600.00", title="A leaflet")
    for deal, seller in ((first, performer), (second, other)):
        confirmed = await world.market.confirm(deal["id"], seller.user_id)
        expect(confirmed["state"] == "awaiting_payment", "the wallet is empty: the deal waits")
    scene.say(f"{performer.name} and {other.name} confirm, and {customer.name}'s wallet is empty: both wait")

    [wallet] = (await world.market.read(f"/users/{customer.user_id}/wallets"))["items"]
    money = {"amount": "1000.00", "currency": "RUB"}
    deposit = {"wallet_id": wallet["wallet_id"], "amount": money, "details": "from outside"}
    await world.payment_system.make("/deposits", deposit)
    await world.market.until_deal(first["id"], "funded")
    waiting = await world.market.deal(second["id"])
    scene.say(f"1000.00 RUB come in: the first is {(await world.market.deal(first['id']))['state']}, without a code")
    expect(waiting["state"] == "awaiting_payment", "one deposit pays one of them, the first")

    await world.market.accept(first["id"], customer.user_id)
    await world.market.until_deal(first["id"], "completed")
    [own] = (await world.market.read(f"/users/{performer.user_id}/wallets"))["items"]
    earned = await world.market.read(f"/wallets/{own['wallet_id']}")
    scene.say(f"accepted: {performer.name} has {earned['balance']['amount']} RUB, 5 % of 600.00 are commission")
    expect(earned["balance"]["amount"] == "570.00", "the performer has the price less commission")

    await world.market.cancel_deal(second["id"], customer.user_id, "Not needed any more")
    await world.market.until_deal(second["id"], "cancelled")
    scene.say("the other one is cancelled before any money")
