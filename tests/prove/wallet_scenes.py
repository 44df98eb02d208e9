"""Scenes with wallets: deals, withdrawals, requests and holds; a worker dies at each step of them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import text

from domain.agreements import Party as Side
from domain.money import Money
from domain.terms import Release, Terms
from domain.withdrawals import CONFIRM_WITHIN, RETURNED_WITHIN
from store.wallets.holds import hold_money
from store.wallets.payment_requests import PaymentRequest, confirm, request_of
from store.wallets.wallets import Wallet
from store.wallets.withdrawals import Withdrawal
from tests.fixtures.accounts import own_account
from tests.fixtures.party_wallets import ask, enter, give, signal, wallet_of, wallet_state, withdraw
from tests.fixtures.sagas import Party
from tests.prove.play import Play
from tests.prove.rig import OPENING_MINOR, TROUBLED, Rig
from tests.prove.scenes import Scene, step, transaction
from tests.prove.watch import PATIENCE_S

PAID_MINOR = 40_00
A_MOMENT = timedelta(seconds=1)


async def paid_and_refunded(rig: Rig) -> Play:
    """A wallet pays a deal whole; later a part of it goes back."""
    play = await Play.begin(rig, 500_00, 500)
    await play.submit(await play.pay_from_wallet(500_00))
    await play.finish()
    await play.refund(200_00)
    return play


async def too_little(rig: Rig) -> Play:
    """A wallet and a bank account together do not pay in time: each has its part back."""
    play = await Play.begin(rig, 500_00, 500)
    for part in (await play.pay_from_wallet(200_00), await play.pay(100_00)):
        await play.submit(part)
        await play.answered(part)
    await play.finish()
    return play


async def withdrawn(rig: Rig) -> None:
    """The bank pays out what its owner confirmed, and sends nothing back."""
    party, wallet = await _owner(rig)
    withdrawal, code = await withdraw(rig.market, wallet, party)
    await enter(rig.market, withdrawal, code)
    await rig.watch.until(withdrawal, "paid")
    await _pass_time(rig, withdrawal, RETURNED_WITHIN)
    await rig.watch.until(withdrawal, "done")
    await _stands(rig, wallet, "60.00, 0.00 held", party, OPENING_MINOR + PAID_MINOR)
    query = text("SELECT count(*) FROM payouts WHERE payee_account = :number")
    async with rig.market.bank.database.transaction() as session:
        assert await session.scalar(query, {"number": party.number}) == 1


async def returned(rig: Rig) -> None:
    """The bank sends back what it had paid out: it is in the wallet again, once."""
    party, wallet = await _owner(rig)
    withdrawal, code = await withdraw(rig.market, wallet, party)
    await enter(rig.market, withdrawal, code)
    await rig.watch.until(withdrawal, "paid")
    paid = await rig.market.now(withdrawal)
    await rig.market.bank.post(f"/payouts/{paid.operation}/return", {})
    await signal(rig.market, withdrawal)
    await rig.watch.until(withdrawal, "returned")
    await _stands(rig, wallet, "100.00, 0.00 held", party, OPENING_MINOR)


async def refused(rig: Rig) -> None:
    """The account was closed: what is held in the wallet is free again."""
    party, wallet = await _owner(rig)
    number = await rig.empty_account()
    async with rig.market.database.transaction() as session:
        account = await own_account(session, party.user, number=number, currency="RUB", payout=False)
    await rig.market.bank.post(f"/accounts/{number}/closure", {})
    closed = Party(party.user, account.id, number, party.email)
    withdrawal, code = await withdraw(rig.market, wallet, closed)
    await enter(rig.market, withdrawal, code)
    await rig.watch.until(withdrawal, "refused")
    await _stands(rig, wallet, "100.00, 0.00 held", party, OPENING_MINOR)


async def called_off(rig: Rig) -> None:
    """One withdrawal is cancelled from the Temporal UI, another waits in vain for its code: both holds are void."""
    party, wallet = await _owner(rig)
    cancelled, _ = await withdraw(rig.market, wallet, party)
    await rig.market.workflow(cancelled).cancel()
    await rig.watch.until(cancelled, "cancelled")
    late, _ = await withdraw(rig.market, wallet, party)
    await _pass_time(rig, late, CONFIRM_WITHIN)
    await rig.watch.until(late, "expired")
    await _stands(rig, wallet, "100.00, 0.00 held", party, OPENING_MINOR)


async def asked(rig: Rig) -> None:
    """One request is paid, another one has waited for too long."""
    payer_party, payer = await _owner(rig)
    payee_party = await rig.party()
    payee = await wallet_of(rig.market, payee_party)
    paid, late = await ask(rig.market, payee, payer), await ask(rig.market, payee, payer)
    async with rig.market.database.transaction() as session:
        await confirm(session, await request_of(session, None, paid.id, lock=True))
    await signal(rig.market, paid)
    await _pass_time(rig, late, timedelta(hours=1))
    await rig.watch.until(late, "expired")
    assert (await rig.market.now(paid)).state == "confirmed"
    await _stands(rig, payer, "70.00, 0.00 held", payer_party, OPENING_MINOR)
    await _stands(rig, payee, "30.00, 0.00 held", payee_party, OPENING_MINOR)


async def held_for_too_long(rig: Rig) -> None:
    """A hold between two wallets that is never captured: the payer gets it back."""
    party, payer = await _owner(rig)
    payee = await wallet_of(rig.market, await rig.party())
    async with rig.market.database.transaction() as session:
        money, owner = Money(PAID_MINOR, "RUB"), rig.market.marketplace_id
        await hold_money(session, owner, payer.id, payee.id, money, details="", expires_in=A_MOMENT)
    async with asyncio.timeout(PATIENCE_S):
        while await wallet_state(rig.market, payer) != "100.00, 0.00 held":
            await asyncio.sleep(0.2)
    await _stands(rig, payee, "0.00, 0.00 held", party, OPENING_MINOR)


async def waiting_for_money(rig: Rig) -> None:
    """Two deals wait on one wallet, and one deposit is enough for either: the first gets it, once, the other waits."""
    party, wallet = await _owner(rig)
    seller = await rig.party()
    terms = Terms(release=Release.ON_ACCEPTANCE, inspection_s=24 * 3600)
    deals = [
        await rig.market.proposed(seller, party, "150.00", pay_within_s=3600, terms=terms, from_wallet=True)
        for _ in range(2)
    ]
    for deal in deals:
        await rig.market.confirm(deal)
    async with rig.market.database.transaction() as session:
        await give(session, wallet.id, "60.00")
    await rig.watch.until(deals[0], "funded")
    await _stands(rig, wallet, "160.00, 150.00 held", party, OPENING_MINOR)
    assert (await rig.market.now(deals[1])).state == "awaiting_payment"
    await rig.market.accept(deals[0])
    await rig.watch.until(deals[0], "completed")
    await rig.market.cancel(deals[1], Side.BUYER)
    await rig.watch.until(deals[1], "cancelled")
    await _stands(rig, wallet, "10.00, 0.00 held", party, OPENING_MINOR)


async def _owner(rig: Rig) -> tuple[Party, Wallet]:
    """A person with 100.00 in a wallet and an account at a bank whose guarantee account can pay."""
    party = await rig.party(TROUBLED)
    for bank_id in (1, TROUBLED):
        await rig.market.bank.fund(bank_id, Money(PAID_MINOR, "RUB"))
    return party, await wallet_of(rig.market, party, "100.00")


async def _pass_time(rig: Rig, row: Withdrawal | PaymentRequest, ahead: timedelta) -> None:
    await rig.market.set_clock(row, ahead + A_MOMENT)
    await signal(rig.market, row)


async def _stands(rig: Rig, wallet: Wallet, in_wallet: str, party: Party, at_bank_minor: int) -> None:
    """Fails with the actual value; the scene is then a difference."""
    seen = (await wallet_state(rig.market, wallet), await rig.balances([party.number]))
    assert seen == (in_wallet, {party.number: (at_bank_minor, 0)}), f"wallet and bank have {seen}"


SCENES = (
    Scene(
        paid_and_refunded,
        [
            *step("open_operation"),
            *step("debit"),
            *step("capture_hold"),
            *step("credit_seller"),
            *step("pay_commission"),
            *step("end_deal"),
            *step("claw_back"),
        ],
    ),
    Scene(too_little, [*transaction("close_deal"), *step("void_hold")]),
    Scene(
        withdrawn,
        [
            *transaction("resume_withdrawal"),
            *step("pay_out"),
        ],
    ),
    Scene(returned, step("ask_for_return")),
    Scene(refused, step("pay_out")),
    Scene(called_off, [*transaction("cancel_withdrawal"), *transaction("resume_withdrawal")]),
    Scene(asked, transaction("resume_request")),
    Scene(held_for_too_long, transaction("expire_holds")),
    Scene(waiting_for_money, transaction("fund_deals")),
)
