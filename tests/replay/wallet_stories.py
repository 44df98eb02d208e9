"""The stories of wallets; `BOOK` is the book of all stories, these and those of disputes included."""

from __future__ import annotations

import secrets
from datetime import timedelta
from functools import partial

from domain.money import Money
from domain.withdrawals import CONFIRM_WITHIN
from edge.codes import grouped
from payloads.poller import PollOrder
from store.people.password_requests import ask_for_reset
from store.wallets.holds import hold_money
from store.wallets.payment_requests import confirm, request_of
from store.wallets.wallets import Wallet
from tests.fixtures.chain import Chain
from tests.fixtures.party_wallets import ask, enter, fill, mailed_code, pay_from_wallet, signal, wallet_of, withdraw
from tests.fixtures.sagas import Market, Party, eventually
from tests.fixtures.temporal import in_real_time
from tests.fixtures.top_ups import block, order, payment
from tests.replay import chain_stories, dispute_stories, webhook_stories
from tests.replay.service_stories import BOOK
from tests.replay.stories import Ids, done_in, story
from tests.replay.watched import WatchedMarket

__all__ = ["BOOK", "chain_stories", "dispute_stories", "webhook_stories"]


async def _owner(market: Market) -> tuple[Party, Wallet]:
    party = await market.party(2, None)
    await market.bank.fund(2, Money(1_000_00, "RUB"))
    return party, await wallet_of(market, party, "100.00")


def _secret(market: Market, code: str) -> str:
    if isinstance(market, WatchedMarket):
        market.secrets |= {code, grouped(code)}
    return code


@story("withdrawn-and-sent-back", {"withdrawal-1": "returned"}, {"withdrawal-1": "Activity timed out"})
async def withdrawn_and_sent_back(market: Market) -> Ids:
    """The bank pays, its reply is lost, and later it sends the money back."""
    party, wallet = await _owner(market)
    withdrawal, code = await withdraw(market, wallet, party)
    await market.bank.behave(2, lose_replies=1, steps=("payout",))
    await enter(market, withdrawal, _secret(market, code))
    paid = await market.until(withdrawal, "paid")
    await market.bank.post(f"/payouts/{paid.operation}/return", {})
    await signal(market, withdrawal)
    await market.until(withdrawal, "returned")
    return {"withdrawal-1": market.workflow(withdrawal).id}


@story("withdrawal-refused", {"withdrawal-1": "refused"}, {"withdrawal-1": '"refused"'})
async def withdrawal_refused(market: Market) -> Ids:
    party, wallet = await _owner(market)
    await market.bank.post(f"/accounts/{party.number}/closure", {})
    withdrawal, code = await withdraw(market, wallet, party)
    await enter(market, withdrawal, _secret(market, code))
    await market.until(withdrawal, "refused")
    return {"withdrawal-1": market.workflow(withdrawal).id}


@story("withdrawals-without-a-code", {"withdrawal-1": "expired", "withdrawal-2": "cancelled"})
async def withdrawals_without_a_code(market: Market) -> Ids:
    """Of one the time passes, the other is cancelled from outside."""
    party, wallet = await _owner(market)
    late, _ = await withdraw(market, wallet, party)
    cancelled, _ = await withdraw(market, wallet, party, "10.00")
    await market.workflow(cancelled).cancel()
    await market.until(cancelled, "cancelled")
    await market.pass_time(late, CONFIRM_WITHIN + timedelta(seconds=1))
    await market.until(late, "expired")
    return {"withdrawal-1": market.workflow(late).id, "withdrawal-2": market.workflow(cancelled).id}


@story("asked-for-payment", {"request-1": "confirmed", "request-2": "expired"})
async def asked_for_payment(market: Market) -> Ids:
    """One request is confirmed, the other expires."""
    _, payer = await _owner(market)
    payee = await wallet_of(market, await market.party(1, None))
    confirmed, late = await ask(market, payee, payer), await ask(market, payee, payer)
    async with market.database.transaction() as session:
        await confirm(session, await request_of(session, None, confirmed.id, lock=True))
    await signal(market, confirmed)
    await market.pass_time(late, timedelta(minutes=61))
    await market.until(late, "expired")
    return {f"request-{number}": market.workflow(row).id for number, row in enumerate((confirmed, late), start=1)}


@story("topped-up", {"top-up-1": "credited", "top-up-2": "expired"})
async def topped_up(market: Market) -> Ids:
    """One is paid in two parts, for the other nothing comes while its gateway is behind, and nothing at all."""
    party, begun = await market.party(1, None), await Chain(market.database).now()
    await block(market, at=begun)
    paid, unpaid = await order(market, party), await order(market, party)
    for amount in ("60", "40"):
        await block(market, await payment(market, paid, amount, begun), at=begun)
        await market.until(paid, "partially_received" if amount == "60" else "credited")
    await market.pass_time(unpaid, timedelta(hours=25))
    await block(market, at=begun + timedelta(hours=25))
    await market.until(unpaid, "expired")
    return {f"top-up-{number}": market.workflow(row).id for number, row in enumerate((paid, unpaid), start=1)}


@story("paid-from-a-wallet", {"payment-1": "completed", "refund-1": "refunded"})
async def paid_from_a_wallet(market: Market) -> Ids:
    """A buyer pays from a wallet with the platform's code; later a part goes back to it."""
    _, buyer, deal = await market.sale()
    await fill(market, buyer, "500.00")
    payment = await pay_from_wallet(market, deal, buyer)
    await market.submit(payment, _secret(market, await mailed_code(market, payment)))
    await market.until(deal, "completed")
    refund = await market.refund(deal, "100.00")
    await market.until(refund, "refunded")
    return {"payment-1": market.workflow(payment).id, "refund-1": market.workflow(refund).id}


@story("mails-and-holds", {"mails": "CANCELED", "codes": "CANCELED", "expiry": "CANCELED", "funding": "CANCELED"})
async def mails_and_holds(market: Market) -> Ids:
    """Pollers find a request for a link, news of a deposit, an expired hold and money that a deal waits for; they poll
    on, and are ended by hand.
    """
    _, payer = await _owner(market)
    payee = await wallet_of(market, await market.party(1, None))
    async with market.database.transaction() as session:
        await ask_for_reset(session, "nobody@example.test", "en")
        money = Money(10_00, "RUB")
        moment = timedelta(milliseconds=1)
        await hold_money(session, market.marketplace_id, payer.id, payee.id, money, details="", expires_in=moment)
    _, buyer, deal = await market.service(from_wallet=True)
    await market.confirm(deal)
    await fill(market, buyer, "500.00")
    token = secrets.token_hex(4)
    parts = {
        "mails": "send_mails",
        "codes": "send_codes",
        "expiry": "expire_holds",
        "funding": "fund_deals",
    }
    client = market.environment.client
    for part, last in parts.items():
        with in_real_time(market.environment):
            handle = await client.start_workflow(
                part.capitalize(), PollOrder(), id=f"{part}-{token}", task_queue=market.task_queue
            )
        await eventually(partial(done_in, handle), partial(_includes, last), f"{part} to do its work")
        await handle.cancel()
    return {part: f"{part}-{token}" for part in parts}


def _includes(name: str, names: list[str]) -> bool:
    return name in names
