"""Undisputed parts: the seller is paid one while the dispute goes on about the rest, which then ends as it must."""

from __future__ import annotations

import pytest

from domain.agreements import Party as Side
from domain.errors import Conflict
from domain.money import Money
from domain.overrides import OverrideKind, OverrideState
from domain.payments import CREDITS, PaymentState
from domain.terms import Release, Terms
from market.disputes import retract_dispute
from market.divisions import division
from market.divisions import release as preview
from market.places import places_of
from market.signals import send
from store.deals.closings import books_of
from store.deals.deals import Deal, deal_of
from store.payments.overrides import Asked
from store.payments.payments import Payment
from store.payments.steps import steps_of
from tests import model
from tests.fixtures.party_wallets import fill, has_in_wallet, pay_from_wallet, waiting_code
from tests.fixtures.sagas import Market, Party, eventually
from tests.fixtures.shared_market import market, opened_market
from tests.sagas.test_override import decided, until_override
from tests.sagas.test_standing import current_details

__all__ = ["market", "opened_market"]

TERMS = Terms(release=Release.ON_ACCEPTANCE, inspection_s=24 * 3600)


async def _disputed(market: Market, *amounts: str, bp: int = 500) -> tuple[Party, Party, Deal]:
    """A deal of 500.00, paid in these amounts or in one, that its buyer disputes."""
    seller, buyer, deal = await market.sale("500.00", terms=TERMS, commission_bp=bp)
    for amount in amounts or ("500.00",):
        await market.paid(deal, buyer, amount)
    await market.until(deal, "funded")
    await market.dispute(deal)
    return seller, buyer, deal


async def _states(market: Market, deal: Deal) -> list[str]:
    return [payment.state for payment in await market.payments(deal)]


async def _sums(market: Market, deal: Deal, back_minor: int) -> list[str]:
    """What a division says that buyer and seller get in all."""
    async with market.database.transaction() as session:
        found = await division(session, await deal_of(session, None, deal.id), back_minor)
    return [str(found.back), str(found.fee_back), str(found.seller), str(found.commission)]


async def _credited(market: Market, payment: Payment) -> list[int]:
    """What the bank has credited the seller, by amounts."""
    async with market.database.transaction() as session:
        steps = await steps_of(session, payment.id)
    return [step.amount_minor for step in steps if step.name in CREDITS and step.state == "done"]


async def _places(market: Market, deal: Deal) -> list[dict[str, str]]:
    """Where the money of the deal's payment is, for operators and for others."""
    [payment] = await market.payments(deal)
    async with market.database.transaction() as session:
        deal = await deal_of(session, None, deal.id)
        moved = (await books_of(session, [payment]))[str(payment.id)]
    return [
        {where: str(money) for where, money in places_of(deal, payment, moved, for_operator=each).items()}
        for each in (True, False)
    ]


async def test_the_seller_has_the_undisputed_part_while_the_dispute_goes_on(market: Market) -> None:
    seller, buyer, deal = await _disputed(market)
    async with market.database.transaction() as session:
        shown = await preview(session, deal, Money(300_00, "RUB"))
    assert [str(each) for each in (shown.seller, shown.commission, shown.fee, shown.kept)] == [
        "285.00 RUB",
        "15.00 RUB",
        "12.50 RUB",
        "200.00 RUB",
    ]
    await market.release_part(deal, "300.00")
    [payment] = await market.payments(deal)
    await market.until(payment, "kept")
    assert (await market.now(deal)).state == "disputed"
    said = await eventually(
        lambda: current_details(market, deal), lambda said: "200.00 RUB kept at bank" in said, "kept"
    )
    assert "what is disputed stays held" in said and "still moving" not in said
    for_operator, for_parties = await _places(market, deal)
    fee = {"fee_of_the_payers_bank": "12.50 RUB"}
    assert for_operator == {"with_the_seller": "285.00 RUB", "kept_until_the_dispute_ends": "215.00 RUB"} | fee
    assert for_parties == {"with_the_seller": "300.00 RUB", "kept_until_the_dispute_ends": "200.00 RUB"} | fee
    assert await market.balance(seller) == "285.00, 0.00 held"
    assert await market.balance(buyer) == "487.50, 0.00 held"
    assert await market.alarms() == {}
    foreseen = await _sums(market, deal, 150_00)
    await decided(market, deal, Asked(OverrideKind.SPLIT, "half is broken", amount=Money(150_00, "RUB")))
    await market.until(deal, "split")
    ended = model.outcome(500_00, 500, (model.Part(500_00, 12_50, ((-1, "held"),)),), split=150_00, undisputed=300_00)
    assert (ended.state, ended.buyer, ended.seller, ended.commission) == ("split", -358_75, 332_50, 17_50)
    assert await market.balance(seller) == "332.50, 0.00 held"
    assert await market.balance(buyer) == "641.25, 0.00 held"
    assert foreseen == ["150.00 RUB", "3.75 RUB", "332.50 RUB", "17.50 RUB"]
    await market.until(await market.refund(deal), "refunded")  # then the seller refunds the rest: both credits go back
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
    assert await market.alarms() == {}


async def test_a_ruling_for_the_buyer_gives_back_what_was_disputed_and_no_more(market: Market) -> None:
    seller, buyer, deal = await _disputed(market)
    await market.release_part(deal, "300.00")  # decided before the part has arrived
    await decided(market, deal, Asked(OverrideKind.REFUND, "the rest is broken"))
    await market.until(deal, "split")
    assert await market.balance(seller) == "285.00, 0.00 held"
    assert await market.balance(buyer) == "692.50, 0.00 held"  # 487.50, the rest, and its share of the fee
    assert (await market.dispute_of(deal)).back_minor == 200_00
    [payment] = await market.payments(deal)
    assert await _credited(market, payment) == [285_00], "what the buyer won was never the seller's"
    assert await market.alarms() == {}


async def test_of_many_payments_only_those_in_the_part_are_captured(market: Market) -> None:
    seller, _buyer, deal = await _disputed(market, "100.00", "250.00", "150.00", bp=333)
    await market.release_part(deal, "170.01")
    first, second, third = await market.payments(deal)
    await market.until(first, "completed")
    await market.until(second, "kept")
    assert (await market.now(third)).state == "held"
    assert await market.balance(seller) == "164.35, 0.00 held"
    assert await market.alarms() == {}
    number = await market.offer_to_settle(deal, Side.SELLER, "200.00")
    foreseen = await _sums(market, deal, 200_00)
    await market.accept_offer(deal, Side.BUYER, number)
    await market.until(deal, "split")
    assert await _states(market, deal) == ["completed"] * 3
    assert foreseen[2:] == ["290.01 RUB", "9.99 RUB"]
    assert await market.balance(seller) == "290.01, 0.00 held"
    assert await market.alarms() == {}


async def test_a_part_of_whole_payments_leaves_the_others_held(market: Market) -> None:
    seller, _buyer, deal = await _disputed(market, "200.00", "300.00")
    await market.release_part(deal, "200.00")
    first, second = await market.payments(deal)
    await market.until(first, "completed")
    assert (await market.now(second)).state == "held"
    assert await market.alarms() == {}
    await market.accept(deal)
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
    assert await market.alarms() == {}


async def test_after_a_retraction_the_inspection_ends_and_pays_the_rest(market: Market) -> None:
    seller, _, deal = await _disputed(market)
    await market.release_part(deal, "499.99")
    [payment] = await market.payments(deal)
    await market.until(payment, "kept")
    await market.decide(deal, lambda session, row: retract_dispute(session, row, Side.BUYER))
    assert (await market.now(deal)).state == "funded"
    with pytest.raises(Conflict, match="part_released"):
        await market.cancel(deal, Side.BUYER)
    assert await market.alarms() == {}
    await market.accept(deal)
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
    assert await market.alarms() == {}


async def test_a_closed_account_of_the_seller_delays_neither_dispute_nor_buyer(market: Market) -> None:
    """Both credits are refused and owed; meanwhile the buyer has got what the arbiter gave them of the rest."""
    seller, buyer, deal = await _disputed(market)
    await market.bank.post(f"/accounts/{seller.number}/closure", {})
    await market.release_part(deal, "300.00")
    [payment] = await market.payments(deal)
    await market.until(payment, "payable")
    assert await market.alarms() == {}
    await decided(market, deal, Asked(OverrideKind.SPLIT, "half is broken", amount=Money(150_00, "RUB")))
    await market.until(deal, "split")
    assert await market.balance(buyer) == "641.25, 0.00 held"
    assert (await market.now(payment)).state == "payable"
    assert await market.alarms() == {}
    other = await market.party(3, None)
    await market.pay_out_to(other, payment, seller)
    await market.until(payment, "completed")
    assert await market.balance(other) == "332.50, 0.00 held"
    assert await market.alarms() == {}


async def test_nothing_is_owed_of_a_rest_that_went_back_whole(market: Market) -> None:
    """The part reached the seller, then their account closed: what is paid of the rest is refused, and goes back."""
    seller, buyer, deal = await _disputed(market)
    await market.release_part(deal, "300.00")
    [payment] = await market.payments(deal)
    await market.until(payment, "kept")
    await market.bank.post(f"/accounts/{seller.number}/closure", {})
    await decided(market, deal, Asked(OverrideKind.SPLIT, "half is broken", amount=Money(150_00, "RUB")))
    await market.until(deal, "split")
    assert (await market.now(payment)).state == "payable"
    await market.until(await market.refund(deal, "50.00"), "refunded")
    assert (await market.now(payment)).state == "completed"
    assert await market.balance(buyer) == "692.50, 0.00 held"
    assert await market.alarms() == {}


async def test_a_part_from_a_wallet_goes_to_the_sellers_wallet(market: Market) -> None:
    seller, buyer, deal = await market.sale("500.00", terms=TERMS)
    await fill(market, buyer, "600.00")
    payment = await pay_from_wallet(market, deal, buyer)
    await market.until(payment, "awaiting_code")
    await market.submit(payment, await waiting_code(market, payment))
    await market.until(deal, "funded")
    await market.dispute(deal)
    await market.release_part(deal, "100.00")
    await market.until(payment, "kept")
    assert await has_in_wallet(market, seller) == (95_00, 0)
    assert await market.alarms() == {}
    number = await market.offer_to_settle(deal, Side.BUYER, "400.00")
    await market.accept_offer(deal, Side.SELLER, number)
    await market.until(deal, "split")
    assert await has_in_wallet(market, seller) == (95_00, 0)
    assert await has_in_wallet(market, buyer) == (500_00, 0)
    assert await market.alarms() == {}


async def test_what_was_offered_or_decided_about_more_than_the_rest_is_void(market: Market) -> None:
    seller, buyer, deal = await _disputed(market)
    number = await market.offer_to_settle(deal, Side.SELLER, "250.00")
    override = await decided(market, deal, Asked(OverrideKind.REFUND, "all of it"), alone_up_to=0)
    await market.release_part(deal, "300.00")
    with pytest.raises(Conflict, match="offer_ended"):
        await market.accept_offer(deal, Side.BUYER, number)
    approved = await market.approved(override)
    for signal in approved.signals:
        await send(market.sagas, signal)
    ended = await until_override(market, override, OverrideState.REJECTED)
    assert ended.refused_code == "decision_outdated"
    await market.accept_offer(deal, Side.BUYER, await market.offer_to_settle(deal, Side.SELLER, "200.00"))
    await market.until(deal, "split")
    assert await market.balance(seller) == "285.00, 0.00 held"
    assert await market.balance(buyer) == "692.50, 0.00 held"
    assert await market.alarms() == {}


async def test_a_part_is_refused_by_name(idle_market: Market) -> None:
    market = idle_market
    seller, buyer, deal = await market.sale("500.00", terms=TERMS)

    async def refusal(amount: str = "300.00", side: Side = Side.BUYER) -> str:
        with pytest.raises(Conflict) as refused:
            await market.release_part(deal, amount, side)
        return refused.value.code

    assert await refusal() == "no_dispute"
    async with market.working():
        await market.paid(deal, buyer)
        await market.until(deal, "funded")
    await market.dispute(deal)
    assert await refusal(side=Side.SELLER) == "not_the_buyer"
    assert await refusal("500.00") == "nothing_disputed"
    await market.release_part(deal, "300.00")
    assert await refusal("1.00") == "part_released"  # while the first is being paid
    for back in ("200.01", "500.00"):
        with pytest.raises(Conflict, match="offer_exceeds_price"):
            await market.offer_to_settle(deal, Side.BUYER, back)
    await market.decide(deal, lambda session, row: retract_dispute(session, row, Side.BUYER))
    assert await refusal() == "dispute_ended"
    [payment] = await market.payments(deal)
    assert payment.state == PaymentState.RELEASING
    async with market.working():
        await market.redrive()
        await market.until(payment, "kept")
    assert await market.balance(seller) == "285.00, 0.00 held"
