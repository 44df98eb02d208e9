"""The acts about services: paid as soon as the customer's wallet has the price; disputed, and divided by an arbiter."""

from __future__ import annotations

from uuid import UUID

from holdfast_client.api.deposits import report_deposit
from holdfast_client.api.disputes import (
    add_statement,
    decide_dispute,
    get_dispute,
    open_dispute,
    preview_ruling,
    take_dispute,
)
from holdfast_client.api.messages import list_messages, send_message
from holdfast_client.api.refunds import list_refunds
from holdfast_client.models.arbiter_dispute_out import ArbiterDisputeOut
from holdfast_client.models.deposit_in import DepositIn
from holdfast_client.models.dispute_in import DisputeIn
from holdfast_client.models.division_out import DivisionOut
from holdfast_client.models.empty import Empty
from holdfast_client.models.message_in import MessageIn
from holdfast_client.models.money_in import MoneyIn
from holdfast_client.models.ruling import Ruling
from holdfast_client.models.ruling_in import RulingIn
from holdfast_client.models.ruling_in_ruling import RulingInRuling
from holdfast_client.models.statement_in import StatementIn
from holdfast_client.models.whole_dispute_out import WholeDisputeOut

from demo.bank_admin import money
from demo.expect import expect
from demo.stage import Scene
from demo.world import World


async def paid_when_the_money_comes(world: World, scene: Scene) -> None:
    """(h) Two services wait for one wallet; a deposit that is enough for one pays the one that was confirmed first."""
    customer, performer, other = world.take(3), world.take(4), world.take(5)
    first = await world.market.propose(customer.user_id, performer.user_id, "600.00", title="A logo")
    second = await world.market.propose(customer.user_id, other.user_id, "600.00", title="A leaflet")
    for deal, seller in ((first, performer), (second, other)):
        confirmed = await world.market.confirm(deal.id, seller.user_id)
        expect(confirmed.state == "awaiting_payment", "the wallet is empty: the deal waits")
    scene.say(f"{performer.name} and {other.name} confirm, and {customer.name}'s wallet is empty: both wait")

    wallet = await world.market.wallet(customer.user_id)
    deposit = DepositIn(UUID(wallet.wallet_id), MoneyIn("1000.00", "RUB"), "from outside")
    await world.payment_system.make(report_deposit.asyncio_detailed, body=deposit)
    await world.market.until_deal(first.id, "funded")
    waiting = await world.market.deal(second.id)
    scene.say(f"1000.00 RUB come in: the first is {(await world.market.deal(first.id)).state}, without a code")
    expect(waiting.state == "awaiting_payment", "one deposit pays one of them, the first")

    await world.market.accept(first.id, customer.user_id)
    await world.market.until_deal(first.id, "completed")
    earned = await world.market.wallet(performer.user_id)
    scene.say(f"accepted: {performer.name} has {earned.balance.amount} RUB, 5 % of 600.00 are commission")
    expect(earned.balance.amount == "570.00", "the performer has the price less commission")

    await world.market.cancel_deal(second.id, customer.user_id, "Not needed any more")
    await world.market.until_deal(second.id, "cancelled")
    scene.say("the other one is cancelled before any money")


async def divided_service(world: World, scene: Scene) -> None:
    """(i) A translation that is half good: an arbiter sees what a split would move, and decides it."""
    customer, performer = world.take(3), world.take(4)
    before = await world.balance(customer), await world.balance(performer)
    deal = await world.market.propose(customer.user_id, performer.user_id, "900.00", title="A translation")
    scene.say(f"{customer.name} proposes a translation for 900.00 RUB: {deal.state}")
    await world.market.confirm(deal.id, performer.user_id)
    payment = await world.pay(deal, customer)
    await world.market.until_deal(deal.id, "funded")
    scene.say(f"{performer.name} confirms, {customer.name} pays: all of it is held until the work is accepted")

    for person, text in (
        (performer, "Here is the whole text."),
        (customer, "The second half is from a machine."),
        (performer, "The first half is not."),
    ):
        line = MessageIn(UUID(person.user_id), text)
        await world.market.make(send_message.asyncio_detailed, deal.id, body=line)
        scene.say(f"[dim]{person.name}:[/] {text}")
    chat = await world.market.read(list_messages.asyncio_detailed, deal.id)
    expect(len(chat.items) == 3, "three lines were said")

    ruling = await _decided(world, scene, deal.id, customer.user_id, performer.user_id)
    await world.market.until_deal(deal.id, "split")
    [refund] = (await world.market.read(list_refunds.asyncio_detailed, deal.id)).items
    paid = before[0] - await world.balance(customer)
    got = await world.balance(performer) - before[1]
    fee = money(payment.fee.amount) - money(refund.fee_refunded.amount)
    scene.say(f"the deal is split: {customer.name} paid {paid}, {fee} of it fee; {performer.name} got {got}")
    expect(got == money(ruling.seller.amount), "the performer got what the preview said")
    expect(paid == money("500.00") + fee, "the customer has 400.00 back")
    expect(fee == money(ruling.fee.amount), "the bank kept what the preview said")


async def _decided(world: World, scene: Scene, deal_id: str, customer_id: str, performer_id: str) -> DivisionOut:
    """Both sides are heard, then the arbiter decides; returns what the preview of the decision said."""
    objection = DisputeIn(UUID(customer_id), "Half of it is a machine's")
    await world.market.make(open_dispute.asyncio_detailed, deal_id, body=objection)
    statement = StatementIn(UUID(performer_id), "The first half is my own work.")
    await world.market.make(add_statement.asyncio_detailed, deal_id, body=statement)
    dispute: ArbiterDisputeOut | WholeDisputeOut = await world.operator.read(get_dispute.asyncio_detailed, deal_id)
    await world.operator.make(take_dispute.asyncio_detailed, dispute.id, body=Empty())
    split = {"ruling": Ruling.SPLIT, "amount": "400.00"}
    ruling = await world.operator.read(preview_ruling.asyncio_detailed, dispute.id, **split)
    scene.say(
        f"a dispute; an arbiter is shown what a split would move: {ruling.back.amount} back to the customer, "
        f"{ruling.seller.amount} to the performer, {ruling.commission.amount} commission"
    )
    decision = RulingIn(
        RulingInRuling.SPLIT, "The first half is good, the second is not", amount=MoneyIn("400.00", "RUB")
    )
    await world.operator.make(decide_dispute.asyncio_detailed, dispute.id, body=decision)
    return ruling
