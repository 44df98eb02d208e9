"""The bank's test accounts: each meets its own fault, and its payment ends as the rules of payments say."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from bank.service.faults.accounts import ENDINGS
from domain.keys import debit_key
from domain.money import parse_money
from domain.refunds import TRY_AGAIN_AFTER
from domain.terms import Cause
from store.deals.deals import Deal
from store.payments.payments import Payment
from store.people.users import create_user
from tests.fixtures.accounts import own_account
from tests.fixtures.bank import done
from tests.fixtures.patience import WatchedClient
from tests.fixtures.sagas import SLOW_S, Market, Party, eventually

EMAIL = "test-accounts@example.test"
BUYERS_BANK, SELLERS_BANK = 1, 2


async def holder(market: Market, name: str, bank_id: int) -> Party:
    """A user of the market with this test account."""
    await market.bank.post("/test-accounts", {}, key="test-accounts")
    number = next(f"{bank_id:03d}{ending}" for ending, account in ENDINGS.items() if account.name == name)
    async with market.database.transaction() as session:
        user = await create_user(session, market.marketplace_id, name=name, email=EMAIL, reference=None)
        account = await own_account(session, user, number=number, currency="RUB", payout=True)
    market._read[user.id] = market.mailbox.last_id  # all test accounts get their codes at one address
    return Party(user, account.id, number, EMAIL)


async def sale(market: Market, name: str) -> tuple[Party, Party, Deal]:
    """A seller, a buyer who pays from this test account, and their deal about 500.00."""
    seller, buyer = await market.party(SELLERS_BANK, None), await holder(market, name, BUYERS_BANK)
    return seller, buyer, await market.deal(seller, buyer)


async def minor(market: Market, party: Party) -> int:
    """The party's balance at the bank, of which nothing is held."""
    balance, held = await market.bank.balance(party.number)
    assert held == "0.00"
    return parse_money(balance, "RUB").minor


async def statuses(market: Market, payment: Payment, step: str) -> list[object]:
    """What the bank answered to each arrival of this step; None where the answer never came."""
    return [row["status"] for row in await market.bank_requests(payment) if row["step"] == step]


async def completed(market: Market, seller: Party, deal: Deal) -> None:
    """The deal has its money once, the commission of five percent deducted."""
    await market.until(deal, "completed")
    assert await market.balance(seller) == "475.00, 0.00 held"
    operations = done(await market.bank.client.operations(str(deal.id)))
    assert sorted(operation.kind for operation in operations) == ["credit", "credit", "debit"]
    assert await market.bank.violations() == []


@pytest.mark.parametrize(
    ("name", "code", "steps"),
    [
        ("insufficient_funds", "insufficient_funds", ["open"]),
        ("insufficient_funds_at_debit", "insufficient_funds", ["open", "code", "debit", "void"]),
        ("closed_at_debit", "account_closed", ["open", "code", "debit", "void"]),
    ],
)
async def test_a_refused_payment_fails_and_the_deal_still_waits_for_its_money(
    market: Market, name: str, code: str, steps: list[str]
) -> None:
    _, buyer, deal = await sale(market, name)
    before = await minor(market, buyer)
    payment = await market.pay(deal, buyer)
    if "code" in steps:
        await market.submit(payment, await market.code(buyer))
    failed = await market.until(payment, "failed")
    assert failed.refused_code == code
    assert [row["step"] for row in await market.bank_requests(payment)] == steps
    assert (await market.now(deal)).state == "awaiting_payment"
    assert await minor(market, buyer) == before


async def test_a_first_code_that_expires_at_once_is_followed_by_one_that_is_accepted(market: Market) -> None:
    seller, buyer, deal = await sale(market, "first_code_expires")
    payment = await market.paid(deal, buyer)
    await market.until(payment, "awaiting_code")
    [attempt] = await market.attempts(payment)
    assert attempt.state == "rejected"
    await market.another_code(payment)
    await market.submit(payment, await market.code(buyer))
    await completed(market, seller, deal)


async def test_codes_that_all_expire_end_the_payment_once_none_can_be_requested(market: Market) -> None:
    _, buyer, deal = await sale(market, "codes_expire")
    before = await minor(market, buyer)
    payment = await market.paid(deal, buyer)
    for _ in range(2):
        await market.until(payment, "awaiting_code")
        await market.another_code(payment)
        code = await market.code(buyer)
        await market.submit(payment, code)
    for _ in range(4):
        await market.until(payment, "awaiting_code")
        await market.submit(payment, code)
    failed = await market.until(payment, "failed")
    assert failed.refused_code == "code_rejected"
    assert {attempt.state for attempt in await market.attempts(payment)} == {"rejected"}
    assert await minor(market, buyer) == before


async def test_a_slow_debit_is_awaited_and_done_once(market: Market) -> None:
    seller, buyer, deal = await sale(market, "slow")
    payment = await market.paid(deal, buyer)
    await completed(market, seller, deal)
    async with market.bank.database.transaction() as session:
        took = await session.scalar(
            text("SELECT max(answered_at - received_at) FROM requests WHERE key = :key AND status = 200"),
            {"key": debit_key(str(payment.id), 1)},
        )
    assert took >= timedelta(seconds=SLOW_S)


async def test_a_debit_answered_later_is_not_sent_again(market: Market) -> None:
    seller, buyer, deal = await sale(market, "answers_later")
    payment = await market.paid(deal, buyer)
    await completed(market, seller, deal)
    assert await statuses(market, payment, "debit") == [202]


async def test_a_debit_whose_answer_is_lost_is_found_by_its_key(market: Market) -> None:
    seller, buyer, deal = await sale(market, "loses_answers")
    assert isinstance(market.bank.client, WatchedClient)
    market.bank.client.heed(BUYERS_BANK, mute=True)
    payment = await market.paid(deal, buyer)
    await completed(market, seller, deal)
    assert await statuses(market, payment, "debit") == [None]


async def test_a_bank_that_is_unavailable_for_a_while_is_sent_the_same_debit_again(market: Market) -> None:
    seller, buyer, deal = await sale(market, "unavailable")
    payment = await market.paid(deal, buyer)
    await completed(market, seller, deal)
    assert await statuses(market, payment, "debit") == [503, 503, 200]


async def test_a_wrong_amount_stops_the_payment_and_calls_an_operator(market: Market) -> None:
    seller, buyer, deal = await sale(market, "wrong_amount")
    payment = await market.paid(deal, buyer)
    await eventually(lambda: market.now(payment), lambda seen: seen.flagged_at is not None, "the payment flagged")
    assert (await market.now(payment)).state == "processing"
    assert (await market.now(deal)).state == "awaiting_payment"
    [operation] = done(await market.bank.client.operations(str(deal.id)))
    assert (operation.status, str(operation.amount)) == ("pause", "500.00 RUB")
    assert await market.balance(seller) == "0.00, 0.00 held"


async def test_a_refused_credit_is_owed_to_the_seller_until_another_account_is_named(market: Market) -> None:
    seller, buyer = await holder(market, "refuses_credits", SELLERS_BANK), await market.party(BUYERS_BANK)
    before = await minor(market, seller)
    deal = await market.deal(seller, buyer)
    payment = await market.paid(deal, buyer)
    await market.until(payment, "payable")
    other = await market.party(3, None)
    await market.pay_out_to(other, payment, seller)
    await market.until(payment, "completed")
    assert await market.balance(other) == "475.00, 0.00 held"
    assert await minor(market, seller) == before


async def test_a_refund_that_is_refused_at_first_is_made_an_hour_later_under_another_number(market: Market) -> None:
    seller, buyer, deal = await sale(market, "refuses_first_refund")
    before = await minor(market, buyer)
    payment = await market.paid(deal, buyer)
    await completed(market, seller, deal)
    refund = await market.refund(deal, cause=Cause.SELLER)
    await eventually(lambda: market.now(refund), lambda seen: seen.flagged_at is not None, "the refund flagged")
    assert await market.balance(seller) == "475.00, 0.00 held"

    await market.set_clock(deal, TRY_AGAIN_AFTER)
    await market.environment.fast_forward(market.workflow(refund), TRY_AGAIN_AFTER + timedelta(seconds=1))
    await market.until(refund, "refunded")
    assert await statuses(market, payment, "refund") == [409, 201]
    assert await market.balance(seller) == "0.00, 0.00 held"
    assert await minor(market, buyer) == before, "the fee is returned too"
