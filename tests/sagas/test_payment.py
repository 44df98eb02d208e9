"""Payments under faults: lost and slow replies, wrong codes, refusals, cancellation, missing workflows."""

from __future__ import annotations

import pytest

from domain.errors import Conflict
from store.deals.deals import Deal
from store.payments.payments import Payment
from tests.bank.test_behaviour_rules import rule
from tests.fixtures.bank import done
from tests.fixtures.sagas import Market, Party, eventually
from tests.fixtures.shared_market import market, opened_market

__all__ = ["market", "opened_market"]


async def _deal_awaiting_code(market: Market, price: str = "500.00") -> tuple[Party, Party, Deal, Payment, str]:
    seller, buyer, deal = await market.sale(price)
    payment, code = await market.asked_for_code(deal, buyer)
    return seller, buyer, deal, payment, code


@pytest.mark.source("discussion:45-52", "discussion:71-80", "discussion:83-84")
async def test_a_lost_reply_is_asked_for_and_the_work_is_done_once(market: Market) -> None:
    seller, buyer = await market.party(2, None), await market.party(1)
    steps = ["open", "code", "debit", "capture", "credit"]
    for bank_id in (1, 2):
        await market.bank.behave(bank_id, *(rule("lose", steps=[step]) for step in steps))
    deal = await market.deal(seller, buyer, "500.00")
    payment = await market.paid(deal, buyer)

    await market.until(deal, "completed")
    lost = [row for row in await market.bank_requests(payment) if row["answered_at"] is None]
    assert sorted(str(row["step"]) for row in lost) == sorted(steps)
    assert await market.balance(seller) == "475.00, 0.00 held"
    operations = done(await market.bank.client.operations(str(deal.id)))
    assert sorted(operation.kind for operation in operations) == ["credit", "credit", "debit"]
    assert await market.bank.violations() == []


async def test_a_lost_reply_to_a_void_is_asked_for_and_everything_is_back(market: Market) -> None:
    _, buyer, deal, payment, _ = await _deal_awaiting_code(market)
    await market.bank.behave(1, lose_replies=1, steps=("void",))
    await market.return_payment(payment)

    await market.until(payment, "cancelled")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert (await market.now(deal)).state == "awaiting_payment"
    again = await market.pay(deal, buyer)  # the reservation is free again
    assert again.amount == deal.price


@pytest.mark.source("discussion:67-68", "discussion:81-82")
async def test_five_wrong_codes_use_a_code_up_and_another_code_can_be_asked_for(market: Market) -> None:
    seller, buyer, deal, payment, code = await _deal_awaiting_code(market)
    for number in range(1, 6):
        await market.submit(payment, "AAAA-AAAA")
        await market.until(payment, "awaiting_code")
        assert (await market.attempts(payment))[-1].number == number
    with pytest.raises(Conflict, match="no_tries_left"):
        await market.submit(payment, code)
    attempts = await market.attempts(payment)
    assert [attempt.state for attempt in attempts] == ["rejected"] * 5
    assert all(attempt.sealed_code is None for attempt in attempts)

    await market.another_code(payment)
    await market.submit(payment, await market.code(buyer))
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"


@pytest.mark.source("discussion:37-38")
async def test_a_payer_without_the_money_is_refused_and_the_reservation_is_freed(market: Market) -> None:
    _, poor, deal = await market.sale(balance="100.00")
    payment = await market.pay(deal, poor)
    await market.until(payment, "failed")
    assert (await market.now(payment)).refused_code == "insufficient_funds"
    assert [row["step"] for row in await market.bank_requests(payment)] == ["open"], "no code is asked for"
    assert (await market.now(deal)).state == "awaiting_payment"
    assert (await market.pay(deal, poor, "500.00")).amount == deal.price


async def test_a_refused_credit_is_payable_until_the_seller_names_another_account(market: Market) -> None:
    seller, _, deal, payment, code = await _deal_awaiting_code(market)
    await market.bank.post(f"/accounts/{seller.number}/closure", {})
    await market.submit(payment, code)
    await market.until(payment, "payable")
    await market.until(deal, "completed")

    other = await market.party(3, None)
    await market.pay_out_to(other, payment, seller)
    await market.until(payment, "completed")
    assert await market.balance(other) == "475.00, 0.00 held"


async def test_the_redrive_starts_what_was_never_started_and_what_was_terminated(idle_market: Market) -> None:
    market = idle_market
    seller, buyer, deal = await market.sale()
    payment = await market.pay(deal, buyer)
    await market.workflow(deal).terminate("drill")
    await market.workflow(payment).terminate("drill")

    async with market.working():
        await market.redrive()
        code = await market.code(buyer)
        await market.until(payment, "awaiting_code")
        await market.workflow(payment).terminate("drill")
        await market.submit(payment, code, signal=False)
        await market.redrive()
        await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"


async def test_cancelling_a_payment_from_outside_before_any_money_ends_it(market: Market) -> None:
    _, buyer, deal, payment, _ = await _deal_awaiting_code(market)
    await market.workflow(payment).cancel()
    await market.until(payment, "cancelled")
    description = await eventually(
        market.workflow(payment).describe, lambda seen: seen.close_time is not None, "the workflow to close"
    )
    assert description.status is not None and description.status.name == "CANCELED"
    assert (await market.now(deal)).state == "awaiting_payment"
    assert await market.balance(buyer) == "1000.00, 0.00 held"


async def test_cancelling_a_held_payment_from_outside_gives_the_money_back_while_the_deal_is_open(
    market: Market,
) -> None:
    _, buyer, deal = await market.sale()
    payment = await market.paid(deal, buyer, "200.00")
    await market.until(deal, "partially_paid")

    await market.workflow(payment).cancel()
    await market.until(payment, "refunded")
    await market.until(deal, "awaiting_payment")
    assert await market.balance(buyer) == "1000.00, 0.00 held"


async def test_cancelling_a_deal_from_outside_gives_everything_back(market: Market) -> None:
    seller, buyer, deal = await market.sale()
    payment = await market.paid(deal, buyer, "200.00")
    await market.until(deal, "partially_paid")

    await market.workflow(deal).cancel()
    await market.until(deal, "cancelled")
    assert (await market.now(payment)).state == "refunded"
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
