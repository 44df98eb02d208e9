"""What a hostile reading of the sagas found: each of these once stranded money or left the verdict to luck."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import pytest

from bank.client import BankClient
from bank.service.requests.keys import create_api_key
from domain.errors import Conflict
from domain.money import parse_money
from domain.payments import MAX_LATE_PER_PAYMENT
from market.codes import record_debit
from market.payments import record_operation
from market.releases import record_release
from payloads.payment import BankAnswer, StepRef
from store.deals.buying import buy
from store.deals.offers import create_offer, moderate
from tests.fixtures.accounts import own_account
from tests.fixtures.sagas import Market, eventually
from tests.fixtures.withholding import withhold


async def test_a_payment_asked_back_while_its_code_is_checked_goes_back_however_late_the_bank_answers(
    market: Market,
) -> None:
    seller, buyer, deal = await market.sale(pay_within_s=600)
    held = await market.paid(deal, buyer, "300.00")
    await market.until(held, "held")
    unwanted, code = await market.asked_for_code(deal, buyer, "200.00")
    await withhold(market.bank, 1, "debit")
    await market.submit(unwanted, code)
    await market.workflow(unwanted).cancel()
    await eventually(lambda: market.now(unwanted), lambda seen: seen.cancel_requested_at is not None, "the request")

    await market.pass_time(deal, timedelta(seconds=601))
    await market.until(deal, "settling")
    await market.bank_reports(1, unwanted)
    await market.until(deal, "expired", "completed")
    assert [payment.state for payment in await market.payments(deal)] == ["refunded", "refunded"]
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"


async def test_a_bank_that_denies_its_own_operation_decides_nothing(idle_market: Market) -> None:
    market = idle_market
    async with market.working():
        _, buyer, deal = await market.sale()
        payment, code = await market.asked_for_code(deal, buyer)
    await market.submit(payment, code)
    async with _another_caller(market), market.working():
        await eventually(lambda: market.bank_requests(payment), lambda seen: len(seen) > 2, "the debit")
        await market.workflow(payment).cancel()
        await eventually(lambda: market.now(payment), lambda seen: seen.cancel_requested_at is not None, "the request")
        assert (await market.now(payment)).state == "processing"
        with pytest.raises(Conflict, match="overpayment"):
            await market.pay(deal, buyer)

    async with market.working():
        await market.until(payment, "refunded")
    assert await market.balance(buyer) == "1000.00, 0.00 held"


@asynccontextmanager
async def _another_caller(market: Market) -> AsyncIterator[None]:
    """Meanwhile the market has an API key of the bank under which the bank knows nothing of it."""
    running = market.bank
    key = await create_api_key(running.database, "another", ["payments"], pepper=running.settings.pepper_bytes)
    right, running.client = running.client, BankClient(running.url, key, timeout_s=60.0)
    try:
        yield
    finally:
        await running.client.aclose()
        running.client = right


async def test_a_deal_whose_commission_the_sellers_bank_could_not_take_is_not_begun(market: Market) -> None:
    seller, buyer = await market.party(2, None), await market.party(1)
    async with market.database.transaction() as session:
        await own_account(session, seller.user, number="002aaaaaaaaaa", currency="USD", payout=True)
        offer = await create_offer(
            session,
            market.marketplace_id,
            seller.user.id,
            title="A thing",
            description="In dollars, at a bank whose operator accounts are in roubles",
            price=parse_money("500.00", "USD"),
            pay_within_s=600,
            quantity=1,
        )
        await moderate(session, offer.id, approve=True, commission_bp=500)
        with pytest.raises(Conflict, match="currency_not_served"):
            await buy(session, market.marketplace_id, offer_id=offer.id, buyer=buyer.user)
        offer.commission_bp = 0  # nothing would have to go to the operator
        deal = await buy(session, market.marketplace_id, offer_id=offer.id, buyer=buyer.user)
        assert deal.currency == "USD"


async def test_late_codes_are_stored_only_so_many_times(idle_market: Market) -> None:
    market = idle_market
    _, buyer, deal = await market.sale()
    async with market.working():
        payment = await market.pay(deal, buyer)
        await market.until(payment, "awaiting_code")
    await market.set_clock(deal, timedelta(seconds=601))
    for _ in range(MAX_LATE_PER_PAYMENT):
        assert (await market.submit(payment, "AAAA-AAAA")).state == "late"
    with pytest.raises(Conflict, match="deadline_passed"):
        await market.submit(payment, "AAAA-AAAA")
    assert len(await market.attempts(payment)) == MAX_LATE_PER_PAYMENT


@pytest.mark.parametrize(("refusal", "flagged"), [("account_closed", False), ("exceeds_source", True)])
async def test_an_operator_learns_of_a_refused_credit_that_no_other_account_cures(
    idle_market: Market, refusal: str, flagged: bool
) -> None:
    market = idle_market
    _, buyer, deal = await market.sale()
    payment = await market.pay(deal, buyer)
    id_, done = str(payment.id), BankAnswer(done=True, operation="op-001-00000000000000000000")
    refused = BankAnswer(done=False, refused_code=refusal)
    await market.database.run(partial(record_operation, payment_id=payment.id, answer=done))
    await market.submit(payment, "AAAA-AAAA", signal=False)
    await market.database.run(partial(record_debit, payment_id=payment.id, number=1, answer=done))
    for name, answer in {"capture": done, "credit": refused, "commission": done}.items():
        await market.database.run(partial(record_release, ref=StepRef(id_, name, 1), answer=answer))

    owed = await market.now(payment)
    assert owed.state == "payable"
    assert (owed.flagged_at is not None, (await market.now(deal)).flagged_at is not None) == (flagged, flagged)
