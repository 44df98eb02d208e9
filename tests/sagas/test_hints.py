"""A signal's number is a hint: rows decide, so a wrong, old, doubled or lost one costs time and nothing else."""

from __future__ import annotations

from payloads.payment import Hint
from store.deals.deals import Deal
from store.payments.payments import Payment
from tests.fixtures.sagas import Market


async def _awaiting_code(market: Market) -> tuple[Deal, Payment, str]:
    seller, buyer = await market.party(2, None), await market.party(1)
    deal = await market.deal(seller, buyer, "500.00")
    payment = await market.pay(deal, buyer)
    code = await market.code(buyer)
    await market.until(payment, "awaiting_code")
    return deal, payment, code


async def _debits(market: Market, payment: Payment) -> list[object]:
    return [row["key"] for row in await market.bank_requests(payment) if row["step"] == "debit"]


async def test_whatever_a_signal_says_the_stored_code_is_redeemed_once(market: Market) -> None:
    for hint in (None, Hint(attempt=7), Hint(code=3), Hint(code=1, attempt=1)):
        deal, payment, code = await _awaiting_code(market)
        await market.submit(payment, code, signal=False)
        await market.signal(deal, payment, hint)
        await market.until(deal, "completed")
        assert await _debits(market, payment) == [f"payment/{payment.id}/debit/1"], hint


async def test_signals_that_are_early_or_doubled_redeem_nothing_twice(market: Market) -> None:
    deal, payment, code = await _awaiting_code(market)
    for _ in range(3):
        await market.signal(deal, payment, Hint(attempt=1))
    await market.submit(payment, code, signal=False)
    for _ in range(3):
        await market.signal(deal, payment, Hint(attempt=1))
    await market.until(deal, "completed")
    await market.signal(deal, payment, Hint(attempt=1))
    assert await _debits(market, payment) == [f"payment/{payment.id}/debit/1"]
    assert len(await market.attempts(payment)) == 1


async def test_a_signal_that_is_lost_is_made_up_for_by_the_redriver(market: Market) -> None:
    deal, payment, code = await _awaiting_code(market)
    await market.submit(payment, code, signal=False)
    await market.redrive()
    await market.until(deal, "completed")
    assert await _debits(market, payment) == [f"payment/{payment.id}/debit/1"]
