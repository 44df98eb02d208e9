"""The acts about time: paid in parts, confirmed in the last second, underpaid, too late."""

from __future__ import annotations

from datetime import datetime, timedelta

from demo.bank_admin import money
from demo.expect import expect
from demo.market import Refused
from demo.pace import at_any_pace, before_the_deadline
from demo.stage import Scene
from demo.world import World, deadline, moment, until


async def two_parts(world: World, scene: Scene) -> None:
    """(a) A deal paid in two parts between two banks, with the fee shown beforehand."""
    buyer, seller = world.take(1), world.take(2)
    before_buyer, before_seller = await world.balance(buyer), await world.balance(seller)
    deal = await world.bought(seller, buyer, "5000.00", "A piano")
    price, commission, fees = money("5000.00"), money("250.00"), money("0.00")
    for amount in ("2000.00", None):
        quote = await world.market.quote(deal.id, buyer.account_id, amount)
        scene.say(
            f"{buyer.name} is shown: {quote.amount.amount} + fee {quote.fee.amount} "
            f"= {quote.total.amount} RUB, bank {buyer.bank_id} → bank {seller.bank_id}"
        )
        payment = await world.pay(deal, buyer, amount)
        expect(payment.fee == quote.fee, "the fee taken is the fee shown")
        fees += money(payment.fee.amount)
        scene.say(f"code from the mail entered: {payment.state}")
    await world.market.until_deal(deal.id, "completed")
    paid = before_buyer - await world.balance(buyer)
    got = await world.balance(seller) - before_seller
    scene.say(
        f"deal completed: {buyer.name} paid {paid}, {seller.name} got {got}; commission {commission}, fees {fees}"
    )
    expect(paid == price + fees, "the buyer paid price and fees")
    expect(got == price - commission, "the seller got the price less 5 % commission")


@at_any_pace
async def last_second(world: World, scene: Scene, pace: int) -> None:
    """(b) The last part confirmed in the last second; the bank answers only well after the deadline."""
    buyer, seller = world.take(3), world.take(4)
    deal = await world.bought(seller, buyer, "900.00", "A lamp", pay_within_s=15 * pace)
    pay_by = deadline(deal)
    async with before_the_deadline(world, deal, "to have the first part paid"):
        await world.pay(deal, buyer, "400.00")
        payment = await world.market.pay(deal.id, buyer.account_id)
        code = await world.code(buyer)
    scene.say(f"400.00 of 900.00 RUB is held; the code for the rest is in the mail; pay by {_clock(deadline(deal))}")
    ahead = await world.clock(deal)
    await world.bank.behave(buyer.bank_id, slow_s=4.0, steps=("debit",))
    try:
        await until(pay_by - ahead - timedelta(seconds=0.8 * pace))
        async with before_the_deadline(world, deal, "to enter the code in that second"):
            await world.market.submit(payment.id, code)
        scene.say("the code is entered; the bank is in no hurry")
        await world.market.until_deal(deal.id, "settling", "funded", "completed")
        await world.market.until_deal(deal.id, "completed")
    finally:
        await world.bank.behave(buyer.bank_id)
    attempt = (await world.market.payment(payment.id)).attempts[-1]
    debits = await world.bank.operations(deal.id, "debit")
    held_at = max(moment(row["held_at"]) for row in debits)
    scene.say(
        f"submitted_at {_clock(attempt.submitted_at)} ≤ pay_by {_clock(deadline(deal))} "
        f"< bank answered at {_clock(held_at)}: [green]the deal is paid[/]"
    )
    expect(attempt.submitted_at <= pay_by < held_at, "submitted in time, answered late")


@at_any_pace
async def underpaid(world: World, scene: Scene, pace: int) -> None:
    """(c) An underpaid deal: everything refunded, fee included."""
    buyer, seller = world.take(5), world.take(6)
    before = await world.balance(buyer), await world.balance(seller)
    deal = await world.bought(seller, buyer, "700.00", "A bicycle", pay_within_s=12 * pace)
    async with before_the_deadline(world, deal, "to have a part held"):
        payment = await world.pay(deal, buyer, "300.00")
        held = await world.bank.held(buyer.number)
        expect(held == money(payment.total.amount), "amount and fee are held")
    scene.say(f"{held} of {buyer.name} is held: 300.00 and a fee of {payment.fee.amount}; the rest never comes")
    ended = await world.market.until_deal(deal.id, "expired")
    expect((await world.market.payment(payment.id)).state == "refunded", "the part was refunded")
    expect((await world.balance(buyer), await world.balance(seller)) == before, "nobody lost or gained anything")
    expect((await world.bank.held(buyer.number)).minor == 0, "nothing is held any more")
    scene.say(f"deal {ended.state} after {_clock(deadline(deal))}: everything is back, the fee too")


@at_any_pace
async def too_late(world: World, scene: Scene, pace: int) -> None:
    """(d) A code entered after the deadline: refused, and never sent on to the bank."""
    buyer, seller = world.take(7), world.take(8)
    deal = await world.bought(seller, buyer, "120.00", "A book", pay_within_s=8 * pace)
    async with before_the_deadline(world, deal, "to have the code mailed"):
        payment = await world.market.pay(deal.id, buyer.account_id)
        code = await world.code(buyer)
    await until(deadline(deal) - await world.clock(deal) + timedelta(seconds=0.2))
    try:
        await world.market.submit(payment.id, code)
        expect(False, "a code after the deadline must be refused")
    except Refused as refused:
        expect(refused.code == "deadline_passed", f"refused as {refused.code}")
        scene.say(f"the right code, after {_clock(deadline(deal))}: [yellow]{refused.status} {refused.code}[/]")
    await world.market.until_deal(deal.id, "expired")
    asked = await world.bank.requests(f"payment/{payment.id}/debit/1")
    expect(asked == [], "the late code never reached the bank")
    scene.say("the bank was never asked to debit")


def _clock(at: datetime) -> str:
    return at.strftime("%H:%M:%S.%f")[:-3]
