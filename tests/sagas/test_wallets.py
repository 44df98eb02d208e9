"""Deals paid from wallets, or in part from them: each part reaches the seller, or is back where it came from."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from api.wallets.schemas import WalletOut
from domain.errors import Conflict
from domain.money import parse_money
from domain.terms import Cause
from ledger import history
from store.payments.payments import Payment
from store.payments.steps import steps_of
from store.wallets.movements import Moved, Transfer, carry_out
from store.wallets.wallets import wallet_for, wallets_of
from tests.fixtures.party_wallets import fill, in_wallet, mailed_code, paid_from_wallet, pay_from_wallet
from tests.fixtures.sagas import Market, Party, eventually


async def _parties(market: Market, wallet: str = "400.00", *, payout: bool = True) -> tuple[Party, Party]:
    seller, buyer = await market.party(2, None), await market.party(1)
    if not payout:
        async with market.database.transaction() as session:
            await session.execute(
                text("UPDATE accounts SET payout = false, payout_from = NULL WHERE id = :id"), {"id": seller.account_id}
            )
    await fill(market, buyer, wallet)
    return seller, buyer


async def _lines(market: Market, party: Party) -> list[tuple[str, str, str]]:
    """The owner's view of a wallet: kind, amount and counterparty, the newest first, without its deposits."""
    async with market.database.transaction() as session:
        [wallet] = await wallets_of(session, party.user.id)
        shown = WalletOut.of(wallet, await history(await session.connection(), wallet.account_id))
    return [(line.kind, line.amount.amount, line.counterparty) for line in shown.operations if line.kind != "deposit"]


async def test_a_deal_is_paid_in_part_from_a_bank_and_in_part_from_a_wallet(market: Market) -> None:
    seller, buyer = await _parties(market)
    deal = await market.deal(seller, buyer, "500.00")
    await market.paid(deal, buyer, "300.00")
    payment = await paid_from_wallet(market, deal, buyer)
    assert (payment.amount_minor, payment.fee_minor) == (200_00, 0)

    await market.until(deal, "completed")
    assert await in_wallet(market, buyer) == "200.00, 0.00 held"
    # Each part less five percent, on the rail that it came by; from bank to bank there was a fee.
    assert await market.balance(seller) == "285.00, 0.00 held"
    assert await in_wallet(market, seller) == "190.00, 0.00 held"
    assert await market.alarms() == {}
    deal_id = str(deal.id)
    assert await _lines(market, buyer) == [("deal", "200.00", deal_id), ("hold", "200.00", deal_id)]
    assert await _lines(market, seller) == [("deal", "190.00", deal_id)]

    refund = await market.refund(deal, "250.00", Cause.SELLER)  # the last released goes back first
    await market.until(refund, "refunded")
    assert await in_wallet(market, buyer) == "400.00, 0.00 held"
    assert await in_wallet(market, seller) == "0.00, 0.00 held"
    assert await market.balance(seller) == "237.50, 0.00 held"
    assert await market.alarms() == {}


async def test_after_the_deadline_each_part_is_back_where_it_came_from(market: Market) -> None:
    seller, buyer = await _parties(market)
    deal = await market.deal(seller, buyer, "500.00")
    at_bank, from_wallet = (
        await market.paid(deal, buyer, "300.00"),
        await paid_from_wallet(market, deal, buyer, "50.00"),
    )
    await market.until(at_bank, "held")
    await market.until(from_wallet, "held")
    assert await in_wallet(market, buyer) == "400.00, 50.00 held"
    await market.pass_time(deal, timedelta(seconds=601))

    await market.until(deal, "expired")
    assert await in_wallet(market, buyer) == "400.00, 0.00 held"
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.alarms() == {}


async def test_a_seller_without_an_account_is_paid_into_a_wallet_from_both(market: Market) -> None:
    seller, buyer = await _parties(market, payout=False)
    deal = await market.deal(seller, buyer, "500.00")
    at_bank = await market.paid(deal, buyer, "300.00")
    assert at_bank.fee_minor == 0  # from the payer's bank to the platform's own account there
    await paid_from_wallet(market, deal, buyer)

    await market.until(deal, "completed")
    assert await in_wallet(market, seller) == "475.00, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
    assert await market.alarms() == {}

    # The seller spends it; the buyer is refunded anyway, and what the platform put in is netted from the next credit.
    await spend_from_wallet(market, seller, "475.00")
    refund = await market.refund(deal, None, Cause.SELLER)
    await market.until(refund, "refunded")
    assert await in_wallet(market, buyer) == "400.00, 0.00 held"
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.alarms() == {}
    again = await market.deal(seller, buyer, "400.00")
    await paid_from_wallet(market, again, buyer)
    await market.until(again, "completed")
    assert await in_wallet(market, seller) == "0.00, 0.00 held"
    assert await market.alarms() == {}


async def spend_from_wallet(market: Market, party: Party, amount: str) -> None:
    """The whole balance of the wallet goes to another person's."""
    other = await market.party(3, None)
    await fill(market, other, "0.01")
    async with market.database.transaction() as session:
        one, two = await wallet_for(session, party.user.id, "RUB"), await wallet_for(session, other.user.id, "RUB")
        money = parse_money(amount, "RUB")
        order = Transfer("test", f"spend/{one.id}", market.marketplace_id, one.id, two.id, money, "")
        [moved] = await carry_out(await session.connection(), [order])
        assert isinstance(moved, Moved)


async def test_too_little_in_the_wallet_is_refused_before_and_after_the_code(market: Market) -> None:
    seller, buyer = await _parties(market, "100.00")
    deal = await market.deal(seller, buyer, "500.00")
    refused = await market.until(await pay_from_wallet(market, deal, buyer), "failed")
    assert refused.refused_code == "insufficient_funds"

    payment = await pay_from_wallet(market, deal, buyer, "100.00")
    code = await mailed_code(market, payment)
    await spend_from_wallet(market, buyer, "0.01")
    await market.submit(payment, code)
    emptied = await market.until(payment, "failed")
    assert emptied.refused_code == "insufficient_funds"
    assert [attempt.state for attempt in await market.attempts(payment)] == ["refused"]
    assert await in_wallet(market, buyer) == "99.99, 0.00 held"
    assert (await market.now(deal)).state == "awaiting_payment"
    assert await market.alarms() == {}


async def test_five_wrong_codes_use_up_a_code_of_the_platform_and_the_next_one_works(market: Market) -> None:
    seller, buyer = await _parties(market)
    deal = await market.deal(seller, buyer, "100.00")
    payment = await pay_from_wallet(market, deal, buyer)
    first = await mailed_code(market, payment)
    for _ in range(5):
        await market.submit(payment, "AAAA-AAAA")
        await market.until(payment, "awaiting_code")
    with pytest.raises(Conflict, match="no_tries_left"):
        await market.submit(payment, first)
    await market.another_code(payment)
    await market.submit(payment, await _second(market, payment))

    await market.until(deal, "completed")
    async with market.database.transaction() as session:
        rows = await session.execute(text("SELECT tries, used_at IS NOT NULL FROM confirmation_codes ORDER BY number"))
        assert [tuple(row) for row in rows] == [(5, False), (1, True)]
        assert {step.name for step in await steps_of(session, payment.id)} == {"capture", "credit", "commission"}
    assert await market.alarms() == {}


async def _second(market: Market, payment: Payment) -> str:
    await eventually(lambda: market.code_state(payment), lambda state: state == "sent", "a second code")
    return await mailed_code(market, payment)


async def test_a_code_of_the_platform_submitted_after_its_expiry_or_the_deadline_takes_nothing(
    market: Market,
) -> None:
    seller, buyer = await _parties(market)
    deal = await market.deal(seller, buyer, "100.00", pay_within_s=3600)
    payment = await pay_from_wallet(market, deal, buyer)
    code = await mailed_code(market, payment)
    await market.set_clock(deal, timedelta(minutes=11))
    await market.submit(payment, code)
    await market.until(payment, "awaiting_code")
    assert [attempt.state for attempt in await market.attempts(payment)] == ["rejected"]
    await market.set_clock(deal, timedelta(minutes=61))
    assert (await market.submit(payment, code)).state == "late"
    await market.pass_time(deal, timedelta(minutes=61))
    await market.until(deal, "expired")
    assert await in_wallet(market, buyer) == "400.00, 0.00 held"
    assert await market.alarms() == {}
