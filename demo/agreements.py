"""The act about changed plans: a deadline extended by agreement, and a part refunded after the sale."""

from __future__ import annotations

from datetime import datetime, timedelta

from demo.bank_admin import money
from demo.expect import expect
from demo.stage import Scene
from demo.world import World, deadline


async def second_thoughts(world: World, scene: Scene) -> None:
    """(g) Both agree on a later deadline; once everything is paid the seller refunds a part of the price."""
    buyer, seller = world.take(1), world.take(2)
    deal = await world.bought(seller, buyer, "800.00", "A tent")
    later = deadline(deal) + timedelta(hours=1)
    for person in (buyer, seller):
        deal = await world.market.extend(deal.id, person.user_id, later)
        scene.say(f"{person.name} wants {_clock(later)} as the deadline: it is {_clock(deadline(deal))}")
    expect(deadline(deal) == later, "the deadline is what both agreed on")

    await world.pay(deal, buyer)
    await world.market.until_deal(deal.id, "completed")
    before = await world.balance(buyer), await world.balance(seller)
    refund = await world.market.refund_by_seller(deal.id, "200.00", seller.user_id)
    refund = await world.market.until_refund(refund.id, "refunded")
    back = await world.balance(buyer) - before[0]
    fee = money(refund.fee_refunded.amount)
    given = before[1] - await world.balance(seller)
    scene.say(
        f"{seller.name} gives 200.00 of 800.00 RUB back: {buyer.name} has {back} again, {fee} of it fee; "
        f"it costs the seller {given}, since 5 % commission is kept on 600.00 alone"
    )
    expect(back == money("200.00") + fee, "the buyer has amount and fee back")
    expect(given == money("190.00"), "the seller gives back what was paid out")


def _clock(at: datetime) -> str:
    return at.strftime("%H:%M:%S")
