"""Accounts closed while money is on its way: their owners name others, and it arrives there."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from activities.notices import NoticeActivities
from domain.cooling import COOLING
from domain.errors import Conflict
from domain.overrides import OverrideKind
from domain.terms import Cause, Settlement, Terms
from market.refund_accounts import name_refund_account
from store.banks.accounts import Account, account_of, pay_out_to
from store.deals.deals import Deal
from store.deals.stuck import stuck
from store.payments.overrides import Asked
from store.payments.payments import Payment, lock_with_deal
from store.payments.refunds import Refund
from store.people.users import user_of
from store.wallets.wallets import Wallet, wallet_for
from tests.fixtures.accounts import own_account
from tests.fixtures.party_wallets import in_wallet
from tests.fixtures.sagas import Market, Party, eventually
from tests.fixtures.temporal import in_real_time
from tests.sagas.test_liquidity import shown
from tests.sagas.test_override import ordered


async def _close(market: Market, party: Party) -> None:
    await market.bank.post(f"/accounts/{party.number}/closure", {})


async def _another(market: Market, party: Party, bank_id: int, *, payout: bool = False) -> tuple[Account, Party]:
    """One more account of the party, as the market knows it, and as its bank does."""
    other = await market.party(bank_id, None)
    async with market.database.transaction() as session:
        user = await user_of(session, None, party.user.id, lock=True)
        return await own_account(session, user, number=other.number, currency="RUB", payout=payout), other


async def _cooled(market: Market, account: Account) -> None:
    """The time after which payouts go to an account that was named newly has passed."""
    ready = text("UPDATE accounts SET payout_from = clock_timestamp() WHERE id = :id AND payout_from IS NOT NULL")
    async with market.database.transaction() as session:
        await session.execute(ready, {"id": account.id})


async def _redirect(market: Market, payment: Payment, to: Account | Wallet) -> None:
    """As `POST /payments/{id}/refund-account` does it."""
    async with market.database.transaction() as session:
        deal, locked = await lock_with_deal(session, payment.id)
        refunds = await name_refund_account(session, deal, locked, to)
    with in_real_time(market.environment):
        for refund in refunds:
            await market.sagas.wake(refund, deal)


async def _flagged(market: Market, refund: Refund) -> None:
    await eventually(lambda: market.now(refund), lambda seen: seen.flagged_at is not None, "the flag")


async def test_a_refund_to_a_closed_account_waits_for_another_one_and_ends_there(market: Market) -> None:
    _, buyer, deal = await market.sale()
    payment = await market.paid(deal, buyer)
    await market.until(deal, "completed")
    await _close(market, buyer)
    refund = await market.refund(deal, "200.00", Cause.SELLER)
    await _flagged(market, refund)

    await market.redrive()
    details = await shown(market, refund, "the payer's account is closed (account_closed)")
    assert "another account or wallet of the payer, from the payer or an operator" in details
    assert "guarantee" not in details
    async with market.database.transaction() as session:
        [seen] = await stuck(session, older_than_s=3600, limit=10)
    assert (seen.what, seen.awaits, str(seen.money)) == ("account", "account of the payer", "200.00 RUB")
    asked = [row for row in await market.bank_requests(payment) if row["step"] == "refund"]
    assert len(asked) == 1  # nothing is tried that cannot be

    account, other = await _another(market, buyer, 3)
    await _redirect(market, payment, account)
    await market.until(refund, "refunded")
    await market.until(await market.refund(deal, None, Cause.SELLER), "refunded")
    assert await market.balance(other) == "512.50, 0.00 held"
    assert "Your account is closed: where should the refund for “A thing” go?" in await _outcome(market, buyer)
    with pytest.raises(Conflict, match="refund_not_waiting"):
        await _redirect(market, payment, account)
    assert await market.bank.violations() == []
    assert await market.alarms() == {}


async def test_a_wallet_takes_what_went_back_to_a_closed_account_and_the_deal_ends(market: Market) -> None:
    seller, buyer, deal = await market.sale(terms=Terms(Settlement.IMMEDIATE))
    payment = await market.paid(deal, buyer, "200.00")
    await market.until(payment, "completed")
    await _close(market, buyer)
    await market.set_clock(deal, timedelta(seconds=601))
    await market.signal(deal)
    await market.until(deal, "settling")
    [refund] = await eventually(lambda: market.refunds(deal), bool, "the refund")
    await _flagged(market, refund)
    async with market.database.transaction() as session:
        wallet = await wallet_for(session, buyer.user.id, "RUB")
    await _redirect(market, payment, wallet)
    await market.until(deal, "expired")
    assert await in_wallet(market, buyer) == f"{200 + payment.fee_minor / 100:.2f}, 0.00 held"
    assert await market.balance(seller) == "0.00, 0.00 held"
    assert await market.bank.violations() == []
    assert await market.alarms() == {}


async def _owed(market: Market) -> tuple[Party, Deal, Payment]:
    """A completed deal with a payable of 475.00: the seller's account was closed."""
    seller, buyer, deal = await market.sale()
    payment, code = await market.asked_for_code(deal, buyer)
    await _close(market, seller)
    await market.submit(payment, code)
    await market.until(payment, "payable")
    await market.until(deal, "completed")
    return seller, deal, payment


async def _outcome(market: Market, party: Party) -> list[str]:
    """The subjects of the mails that wait for the party, once every notice is done."""
    notices = NoticeActivities(market.database, market.sealer, "http://127.0.0.1")
    while await notices.tell_notices():
        pass
    found = text("SELECT key, sealed FROM mails WHERE recipient = :to ORDER BY id")
    async with market.database.transaction() as session:
        rows = (await session.execute(found, {"to": party.email})).all()
    return [json.loads(market.sealer.open(sealed, f"mail/{key}"))["subject"] for key, sealed in rows]


async def test_payables_are_paid_once_another_payout_account_is_named_in_any_front(market: Market) -> None:
    seller, deal, payment = await _owed(market)
    refused, paid = "Your bank refused the money for “A thing”", "The money for “A thing” is yours"
    assert (refused in (result := await _outcome(market, seller)), paid in result) == (True, False)
    account, other = await _another(market, seller, 3)
    await market.signal(deal, payment)
    assert (await market.now(payment)).state == "payable"  # it was named to pay from
    async with market.database.transaction() as session:
        user = await user_of(session, None, seller.user.id, lock=True)
        await pay_out_to(session, user, await account_of(session, user.id, account.id))
    await _cooled(market, account)
    await market.redrive()
    await market.until(payment, "completed")
    assert await market.balance(other) == "475.00, 0.00 held"
    assert (await _outcome(market, seller))[-1] == paid
    assert await market.alarms() == {}


async def test_what_is_owed_is_paid_at_the_moment_from_which_payouts_go_to_a_newly_named_account(
    market: Market,
) -> None:
    seller, buyer, deal = await market.sale()
    account, other = await _another(market, seller, 3, payout=True)  # the user sells, so payouts go there only later
    payment, code = await market.asked_for_code(deal, buyer)
    await _close(market, seller)
    await market.submit(payment, code)
    await market.until(payment, "payable")
    await market.until(deal, "completed")
    await market.redrive()
    assert (await market.now(payment)).state == "payable"

    await _cooled(market, account)  # without a signal
    await market.environment.fast_forward(market.workflow(payment), COOLING)
    await market.until(payment, "completed")
    assert await market.balance(other) == "475.00, 0.00 held"
    assert await market.alarms() == {}


async def test_a_override_pays_what_is_owed_to_the_account_that_is_named_by_now(idle_market: Market) -> None:
    market = idle_market
    async with market.working():
        seller, deal, payment = await _owed(market)
    account, other = await _another(market, seller, 3, payout=True)
    await _cooled(market, account)
    await ordered(market, payment, Asked(OverrideKind.RELEASE, "he has named another one"))
    async with market.working():
        await market.signal(deal, payment)
        await market.until(payment, "completed")
    assert await market.balance(other) == "475.00, 0.00 held"
    assert await market.alarms() == {}
