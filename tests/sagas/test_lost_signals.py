"""Every kind of work whose signal was lost is found by a regular round of the redriver, and done."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from domain.agreements import Party as Side
from domain.money import Money
from domain.overrides import OverrideKind
from domain.withdrawals import CONFIRM_WITHIN
from market.overrides import request
from store.deals.deals import Deal
from store.payments.overrides import Asked
from store.payments.payments import Payment, lock_with_deal
from store.people.operators import create_operator
from store.wallets.payment_requests import confirm, request_of
from tests.fixtures.accounts import own_account
from tests.fixtures.chain import Chain
from tests.fixtures.party_wallets import ask, enter, wallet_of, withdraw
from tests.fixtures.redriving import unheard
from tests.fixtures.sagas import Market, Party, eventually
from tests.fixtures.top_ups import block, order, payment
from tests.sagas.test_acceptance import A_DAY, DAY
from workflows.attributes import PAY_BY

LATE = timedelta(seconds=601)


async def _partly_paid(market: Market) -> tuple[Deal, Payment]:
    _, buyer, deal = await market.sale()
    held = await market.paid(deal, buyer, "200.00")
    await market.until(deal, "partially_paid")
    return deal, await market.until(held, "held")


async def _inspected(market: Market) -> tuple[Deal, Payment]:
    _, buyer, deal = await market.sale(terms=A_DAY)
    payment = await market.paid(deal, buyer)
    return await market.until(deal, "funded"), payment


async def _payable(market: Market) -> tuple[Party, Payment]:
    seller, buyer, deal = await market.sale()
    payment, code = await market.asked_for_code(deal, buyer)
    await market.bank.post(f"/accounts/{seller.number}/closure", {})
    await market.submit(payment, code)
    return seller, await market.until(payment, "payable")


async def test_a_payment_that_was_begun(market: Market) -> None:
    _, buyer, deal = await market.sale()
    async with unheard(market):
        payment = await market.pay(deal, buyer)
    assert (await market.until(payment, "awaiting_code")).operation


async def test_another_code_that_was_requested(market: Market) -> None:
    _, buyer, deal = await market.sale()
    payment, _ = await market.asked_for_code(deal, buyer)
    async with unheard(market):
        await market.another_code(payment)
    assert await eventually(lambda: market.code_state(payment), lambda seen: seen == "sent", "the second code")


async def test_a_code_that_was_submitted(market: Market) -> None:
    _, buyer, deal = await market.sale()
    payment, code = await market.asked_for_code(deal, buyer)
    async with unheard(market):
        await market.submit(payment, code)
    assert (await market.until(deal, "completed")).final_at


async def test_a_payment_that_was_cancelled(market: Market) -> None:
    _, buyer, deal = await market.sale()
    payment, _ = await market.asked_for_code(deal, buyer)
    async with unheard(market):
        await market.return_payment(payment)
    assert (await market.until(payment, "cancelled")).final_at


async def test_a_deadline_that_has_passed(market: Market) -> None:
    deal, held = await _partly_paid(market)
    async with unheard(market):
        await market.set_clock(deal, LATE)
    await market.until(held, "refunded")
    assert (await market.until(deal, "expired")).final_at


async def test_an_agreement_to_cancel(market: Market) -> None:
    deal, held = await _partly_paid(market)
    async with unheard(market):
        await market.cancel(deal, Side.SELLER)
        await market.cancel(deal, Side.BUYER)
    await market.until(held, "refunded")
    assert (await market.until(deal, "cancelled")).final_at


async def test_an_agreement_about_more_time(market: Market) -> None:
    deal, _ = await _partly_paid(market)
    async with unheard(market):
        for side in Side:
            await market.extend(deal, side, timedelta(hours=1))
    later = (await market.now(deal)).pay_by
    shown = await eventually(
        market.workflow(deal).describe,
        lambda seen: abs((seen.typed_search_attributes[PAY_BY] - later).total_seconds()) < 1,
        "the new deadline in the Temporal UI",
    )
    assert shown.close_time is None


async def test_an_inspection_that_has_ended(market: Market) -> None:
    deal, _ = await _inspected(market)
    async with unheard(market):
        await market.set_clock(deal, DAY)
    assert (await market.until(deal, "completed")).final_at


async def test_an_acceptance(market: Market) -> None:
    deal, _ = await _inspected(market)
    async with unheard(market):
        await market.accept(deal)
    assert (await market.until(deal, "completed")).final_at


async def test_a_dispute_that_was_decided(market: Market) -> None:
    deal, payment = await _inspected(market)
    await market.dispute(deal)
    async with unheard(market):
        await _ordered(market, payment, OverrideKind.REFUND)
    assert (await market.until(deal, "refunded")).final_at


async def test_an_override_that_was_approved(market: Market) -> None:
    deal, payment = await _inspected(market)
    async with unheard(market):
        await _ordered(market, payment, OverrideKind.RELEASE)
    assert (await market.until(deal, "completed")).final_at


async def test_a_refund_that_was_requested(market: Market) -> None:
    _, buyer, deal = await market.sale(buyers_bank=2)
    await market.paid(deal, buyer)
    await market.until(deal, "completed")
    async with unheard(market):
        refund = await market.refund(deal, "100.00")
    assert (await market.until(refund, "refunded")).final_at


async def test_another_account_for_a_payable(market: Market) -> None:
    seller, payment = await _payable(market)
    other = await market.party(3, None)
    async with unheard(market):
        await market.pay_out_to(other, payment, seller)
    assert (await market.until(payment, "completed")).final_at


async def test_another_account_for_all_payouts(market: Market) -> None:
    seller, payment = await _payable(market)
    other = await market.party(3, None)
    async with unheard(market), market.database.transaction() as session:
        account = await own_account(session, seller.user, number=other.number, currency="RUB", payout=True)
        effective = text("UPDATE accounts SET payout_from = clock_timestamp() WHERE id = :id")
        await session.execute(effective, {"id": account.id})
    await market.until(payment, "completed")
    assert await market.balance(other) == "475.00, 0.00 held"


async def test_a_withdrawal_that_was_confirmed(market: Market) -> None:
    party = await market.party(2, None)
    await market.bank.fund(2, Money(1_000_00, "RUB"))
    withdrawal, code = await withdraw(market, await wallet_of(market, party, "100.00"), party)
    async with unheard(market):
        await enter(market, withdrawal, code)
    assert (await market.until(withdrawal, "paid")).operation


async def test_a_withdrawal_that_has_expired(market: Market) -> None:
    party = await market.party(2, None)
    withdrawal, _ = await withdraw(market, await wallet_of(market, party, "100.00"), party)
    async with unheard(market):
        await market.set_clock(withdrawal, CONFIRM_WITHIN + timedelta(seconds=1))
    assert (await market.until(withdrawal, "expired")).final_at


async def test_a_payment_request_that_was_answered_or_has_expired(market: Market) -> None:
    payee, payer = await market.party(1, None), await market.party(2, None)
    to, by = await wallet_of(market, payee), await wallet_of(market, payer, "100.00")
    answered, late = await ask(market, to, by), await ask(market, to, by)
    async with unheard(market):
        async with market.database.transaction() as session:
            await confirm(session, await request_of(session, None, answered.id, lock=True))
        await market.set_clock(late, timedelta(minutes=61))
    await market.workflow(answered).result()
    assert (await market.until(late, "expired")).final_at


async def test_a_top_up_that_was_paid_or_whose_gateway_has_read_on(market: Market) -> None:
    party, begun = await market.party(1, None), await Chain(market.database).now()
    await block(market, at=begun)
    paid, unpaid = await order(market, party), await order(market, party)
    money = await payment(market, paid, "100", begun)
    async with unheard(market):
        await market.set_clock(unpaid, timedelta(hours=25))
        await block(market, money, at=begun + timedelta(hours=25))
    await market.workflow(paid).result()
    assert (await market.until(unpaid, "expired")).final_at


async def _ordered(market: Market, payment: Payment, kind: OverrideKind) -> None:
    async with market.database.transaction() as session:
        operator = await create_operator(session, "Olga", arbiter=True)
        deal, _ = await lock_with_deal(session, payment.id)
        asked = Asked(kind, "both have written to us")
        await request(session, deal, None, asked, operator.id, alone_up_to=100_000)
