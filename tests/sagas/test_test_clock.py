"""A sandbox's clock: what is due at a deal's new time happens at once, by workflows that run in real time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from standardwebhooks import Webhook

from domain.money import Money
from domain.refunds import TRY_AGAIN_AFTER
from domain.terms import Cause, Release, Terms
from domain.webhooks import GIVE_UP_AFTER_S, DeliveryState
from domain.withdrawals import CONFIRM_WITHIN, RETURNED_WITHIN
from market.actor import Actor
from market.acts import Outcome
from market.refunds import view_of
from market.signals import send
from market.test_clocks import advance, advance_endpoint, advance_withdrawal
from store.deals.deals import Deal
from store.operations.webhooks import WebhookEndpoint
from store.wallets.withdrawals import Withdrawal
from tests.fixtures.listening import Listener
from tests.fixtures.party_wallets import wallet_of, wallet_state, withdraw, withdrawn
from tests.fixtures.receiver import Receiver, answers, receiver_fixture
from tests.fixtures.sagas import Market, eventually
from tests.sagas.test_test_accounts import completed, sale, statuses

__all__ = ["receiver_fixture"]

A_MOMENT = timedelta(seconds=1)

A_DAY = Terms(release=Release.ON_ACCEPTANCE, inspection_s=24 * 3600)


async def moved(market: Market, row: Deal | Withdrawal | WebhookEndpoint, by: timedelta) -> None:
    """As `POST …/test-clock` of the row does it."""
    actor = Actor(market.marketplace_id)
    outcome: Outcome[Any]
    match row:
        case Deal():
            outcome = await market.database.run(lambda session: advance(session, actor, row.id, by))
        case Withdrawal():
            outcome = await market.database.run(lambda session: advance_withdrawal(session, actor, row.id, by))
        case WebhookEndpoint():
            outcome = await market.database.run(lambda session: advance_endpoint(session, actor, row.id, by))
    for signal in outcome.signals:
        await send(market.sagas, signal)


async def test_a_proposal_lapses_and_a_deal_expires_with_its_money_back(market: Market) -> None:
    _, _, proposed = await market.service(answer_within_s=7 * 86_400)
    _, buyer, deal = await market.sale(pay_within_s=7 * 86_400)
    part = await market.paid(deal, buyer, "200.00")
    await market.until(deal, "partially_paid")
    for row in (proposed, deal):
        await moved(market, row, timedelta(days=7))
    await market.until(proposed, "lapsed")
    await market.until(deal, "expired")
    await market.until(part, "refunded")
    assert await market.balance(buyer) == "1000.00, 0.00 held"


async def test_an_inspection_ends_and_the_seller_is_paid(market: Market) -> None:
    seller, buyer, deal = await market.sale(terms=A_DAY)
    await moved(market, deal, timedelta(seconds=300))  # an inspection is counted from the deal's time
    await market.paid(deal, buyer)
    await market.until(deal, "funded")
    assert await market.balance(seller) == "0.00, 0.00 held"
    await moved(market, deal, timedelta(days=1))
    await completed(market, seller, deal)


async def test_a_refused_refund_is_tried_again_when_an_hour_has_passed_since_then(market: Market) -> None:
    seller, buyer, deal = await sale(market, "refuses_first_refund")
    payment = await market.paid(deal, buyer)
    await completed(market, seller, deal)
    await moved(market, deal, 2 * TRY_AGAIN_AFTER)
    refund = await market.refund(deal, cause=Cause.SELLER)
    await eventually(lambda: market.now(refund), lambda seen: seen.flagged_at is not None, "the refund flagged")
    async with market.database.transaction() as session:
        view = (await view_of(session, refund.id)).value
    assert view.retry_in_s is not None and view.retry_in_s > TRY_AGAIN_AFTER.total_seconds() / 2

    await moved(market, deal, TRY_AGAIN_AFTER)
    await market.until(refund, "refunded")
    assert await statuses(market, payment, "refund") == [409, 201]
    assert await market.balance(seller) == "0.00, 0.00 held"


async def test_a_withdrawal_expires_without_its_code_and_a_paid_one_is_done_when_ten_days_are_over(
    market: Market,
) -> None:
    party = await market.party(2, None)
    await market.bank.fund(2, Money(1_000_00, "RUB"))
    wallet = await wallet_of(market, party, "100.00")
    forgotten, _ = await withdraw(market, wallet, party)
    paid = await withdrawn(market, wallet, party)
    await market.until(paid, "paid")
    await moved(market, forgotten, CONFIRM_WITHIN + A_MOMENT)
    await moved(market, paid, RETURNED_WITHIN + A_MOMENT)
    await market.until(forgotten, "expired")
    await market.until(paid, "done")
    assert await wallet_state(market, wallet) == "60.00, 0.00 held"
    async with market.database.transaction() as session:
        real = text("SELECT bool_and(final_at < clock_timestamp()) FROM withdrawals WHERE wallet_id = :id")
        assert await session.scalar(real, {"id": wallet.id}), "a later end would be signalled until then"


async def test_an_event_is_given_up_at_once_and_what_comes_later_is_signed_with_the_real_time(
    market: Market, receiver: Receiver
) -> None:
    shop = Listener(market)
    endpoint = await shop.endpoint(receiver.url)
    receiver.always = answers(503)
    await shop.happen(uuid4())
    await eventually(lambda: market.now(endpoint), lambda seen: seen.failures == 1, "the first failure")
    await moved(market, endpoint, timedelta(seconds=GIVE_UP_AFTER_S) + A_MOMENT)
    await shop.until(endpoint, DeliveryState.PARKED)

    receiver.received.clear()
    receiver.always = answers(503)
    await shop.happen(uuid4())
    await receiver.have(1)
    await eventually(lambda: market.now(endpoint), lambda seen: seen.failures == 3, "its first failure")
    assert [one.state for one in await shop.deliveries(endpoint)] == ["parked", "waiting"], "it has three days too"
    receiver.always = answers(204)
    await moved(market, endpoint, timedelta(minutes=1))
    *_, message = await receiver.have(2)
    [secret] = await shop.secrets(endpoint)
    assert Webhook(secret).verify(message.body, message.headers)["type"] == "offer.submitted"
