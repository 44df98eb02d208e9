"""Refunds of completed deals: from the seller, else the guarantee, commission exact, one after the other."""

from __future__ import annotations

import pytest

from domain.errors import Conflict
from domain.refunds import TRY_AGAIN_AFTER
from domain.terms import Cause
from store.deals.deals import Deal
from store.payments.payments import Payment
from tests.fixtures.sagas import Market, Party, eventually
from tests.fixtures.shared_market import market, opened_market
from tests.fixtures.withholding import withhold

__all__ = ["market", "opened_market"]


async def _completed(
    market: Market, *parts: str, buyers_bank: int = 1, commission_bp: int = 500
) -> tuple[Party, Party, Deal, list[Payment]]:
    seller, buyer, deal = await market.sale(commission_bp=commission_bp, buyers_bank=buyers_bank)
    payments = []
    for part in parts or (None,):
        payments.append(await market.paid(deal, buyer, part))
        await market.until(payments[-1], "held", "completed", "releasing")
    await market.until(deal, "completed")
    return seller, buyer, deal, payments


async def test_a_whole_refund_brings_everything_back_fee_and_commission_included(market: Market) -> None:
    seller, buyer, deal, _ = await _completed(market, "200.00", "300.00")
    refund = await market.refund(deal, cause=Cause.SELLER)
    await market.until(refund, "refunded")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
    assert (await market.now(deal)).state == "completed"
    assert await market.bank.violations() == []
    assert await market.alarms() == {}


async def test_refunds_in_part_keep_the_commission_on_what_is_kept(market: Market) -> None:
    seller, buyer, deal, _ = await _completed(market, "200.00", "300.00", buyers_bank=2, commission_bp=333)
    for amount in ("100.01", "250.00", "49.99"):
        await market.until(await market.refund(deal, amount), "refunded")
    # Kept of the price: 100.00, of it 3.33 commission.
    assert await market.balance(buyer) == "900.00, 0.00 held"
    assert await market.balance(seller) == "96.67, 0.00 held"
    await market.until(await market.refund(deal), "refunded")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
    assert await market.bank.violations() == []
    assert await market.alarms() == {}


async def test_a_refund_at_the_buyers_request_leaves_the_banks_fee_with_the_buyer(market: Market) -> None:
    seller, buyer, deal, [payment] = await _completed(market)
    await market.until(await market.refund(deal, cause=Cause.BUYER), "refunded")
    assert await market.balance(buyer) == f"{1000 - payment.fee_minor / 100:.2f}, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
    assert await market.alarms() == {}


async def test_no_more_is_refunded_than_was_paid_pending_refunds_counted(market: Market) -> None:
    _, _, deal, _ = await _completed(market)
    await market.refund(deal, "400.00")
    with pytest.raises(Conflict, match="exceeds_refundable"):
        await market.refund(deal, "100.01")
    last = await market.refund(deal, "100.00")
    with pytest.raises(Conflict, match="exceeds_refundable"):
        await market.refund(deal)
    await market.until(last, "refunded")
    assert [refund.state for refund in await market.refunds(deal)] == ["refunded", "refunded"]
    assert await market.alarms() == {}


async def test_the_guarantee_account_pays_for_a_seller_who_has_spent_the_money_and_nets_it_later(
    market: Market,
) -> None:
    seller, buyer, deal, _ = await _completed(market, buyers_bank=2)
    guarantee = await _guarantee(market, 2, "1000.00")
    await spend(market, seller, "475.00")
    before, _ = await market.bank.balance(guarantee)
    await market.until(await market.refund(deal, "200.00"), "refunded")
    assert await market.balance(buyer) == "700.00, 0.00 held"
    assert await _less(market, guarantee, before) == 190_00  # the rest had been commission
    later = await market.deal(seller, buyer, "300.00")
    await market.paid(later, buyer)
    await market.until(later, "completed")
    assert await market.balance(seller) == "95.00, 0.00 held"  # 285.00 less the seller's debt
    assert await _less(market, guarantee, before) == 0
    assert await market.bank.violations() == []
    assert await market.alarms() == {}


async def test_a_refused_refund_is_tried_again_under_a_new_number_once_there_is_money(market: Market) -> None:
    seller, buyer, deal = await market.sale(sellers_bank=3, buyers_bank=3)
    payment = await market.paid(deal, buyer)
    await market.until(deal, "completed")
    guarantee = await _guarantee(market, 3)
    assert await market.bank.balance(guarantee) == ("0.00", "0.00")
    await spend(market, seller, "475.00", bank_id=3)

    refund = await market.refund(deal)
    await eventually(lambda: market.now(refund), lambda seen: seen.flagged_at is not None, "the flag")
    assert await market.balance(buyer) == "500.00, 0.00 held"  # all of it or nothing
    await _guarantee(market, 3, "475.00")
    await market.set_clock(deal, TRY_AGAIN_AFTER)
    await market.environment.fast_forward(market.workflow(refund), TRY_AGAIN_AFTER)
    await market.until(refund, "refunded")
    keys = [row["key"] for row in await market.bank_requests(payment) if row["step"] == "refund"]
    prefix = f"payment/{payment.id}"
    assert keys == [f"{prefix}/refund/1", f"{prefix}/refund/2"]
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.alarms() == {}


async def test_what_was_owed_goes_back_from_the_payable_and_only_the_rest_is_paid_out(market: Market) -> None:
    seller, buyer, deal = await market.sale(buyers_bank=2)
    payment, code = await market.asked_for_code(deal, buyer)
    await market.bank.post(f"/accounts/{seller.number}/closure", {})
    await market.submit(payment, code)
    await market.until(payment, "payable")
    await market.until(deal, "completed")
    await market.until(await market.refund(deal, "100.00"), "refunded")
    assert await market.balance(buyer) == "600.00, 0.00 held"

    other = await market.party(2, None)
    await market.pay_out_to(other, payment, seller)
    await market.until(payment, "completed")
    assert await market.balance(other) == "380.00, 0.00 held"
    await market.until(await market.refund(deal), "refunded")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.balance(other) == "0.00, 0.00 held"
    assert await market.alarms() == {}


async def test_a_payment_of_which_all_that_was_owed_went_back_is_refunded(market: Market) -> None:
    seller, buyer, deal = await market.sale()
    payment, code = await market.asked_for_code(deal, buyer)
    await market.bank.post(f"/accounts/{seller.number}/closure", {})
    await market.submit(payment, code)
    await market.until(deal, "completed")
    await market.until(await market.refund(deal), "refunded")
    await market.until(payment, "refunded")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    await market.workflow(payment).result()
    assert await market.alarms() == {}


async def test_a_lost_reply_to_a_refund_is_asked_for_and_the_money_goes_back_once(market: Market) -> None:
    seller, _, deal, [payment] = await _completed(market)
    await market.bank.behave(1, lose_replies=1, steps=("refund",))
    await market.until(await market.refund(deal, "100.00"), "refunded")
    lost = [row for row in await market.bank_requests(payment) if row["answered_at"] is None]
    assert [row["step"] for row in lost] == ["refund"]
    assert await market.balance(seller) == "380.00, 0.00 held"
    assert await market.bank.violations() == []
    assert await market.alarms() == {}


async def test_the_redrive_starts_a_refund_that_was_never_started_and_one_that_was_terminated(
    idle_market: Market,
) -> None:
    market = idle_market
    async with market.working():
        seller, _, deal, _ = await _completed(market, buyers_bank=2)
        await market.workflow(deal).result()
    refund = await market.refund(deal, "100.00")
    await market.workflow(refund).terminate("drill")
    async with market.working():
        await market.redrive()
        await market.until(refund, "refunded")
    assert await market.balance(seller) == "380.00, 0.00 held"
    assert await market.alarms() == {}


async def test_cancelling_a_refund_from_outside_changes_nothing(market: Market) -> None:
    _, buyer, deal, _ = await _completed(market, buyers_bank=2)
    await withhold(market.bank, 2, "refund")
    refund = await market.refund(deal)
    await market.workflow(refund).cancel()
    await market.bank_reports(2, refund)
    await market.until(refund, "refunded")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.alarms() == {}


async def _guarantee(market: Market, bank_id: int, deposit: str | None = None) -> str:
    """The number of a bank's guarantee account, after a deposit."""
    number = next(row for row in await market.bank.client.banks() if row.id == bank_id).guarantee_account
    if deposit is not None:
        await market.bank.post(f"/accounts/{number}/deposits", {"amount": deposit, "currency": "RUB"})
    return number


async def spend(market: Market, party: Party, amount: str, bank_id: int = 2) -> None:
    """Buys something from a seller at the same bank."""
    deal = await market.deal(await market.party(bank_id, None), party, amount, commission_bp=0)
    await market.paid(deal, party)
    await market.until(deal, "completed")


async def _less(market: Market, number: str, before: str) -> int:
    """By how many minor units the account has less than `before`."""
    balance, _ = await market.bank.balance(number)
    return int(before.replace(".", "")) - int(balance.replace(".", ""))
