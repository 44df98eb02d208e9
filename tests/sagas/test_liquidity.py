"""What a bank cannot pay because our own account there has too little: promised, seen, and paid once there is money."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import text

from bank.client import Done, payout
from domain.money import Money, parse_money
from domain.overrides import OverrideKind
from domain.terms import Cause
from domain.withdrawals import FUNDS_AGAIN_AFTER
from market.liquidity import pay_withdrawal_again
from market.withdrawal_steps import record_payout
from payloads.payment import BankAnswer
from store.deals.deals import Deal
from store.deals.stuck import Stuck, stuck
from store.payments.overrides import Asked
from store.payments.payments import Payment
from store.payments.refunds import Refund
from store.wallets.wallets import Wallet
from store.wallets.withdrawals import Withdrawal, cancel, withdrawal_of
from tests.fixtures.party_wallets import notices, signal, wallet_of, wallet_state, withdrawn
from tests.fixtures.sagas import Market, Party, eventually
from tests.sagas.test_bank_webhooks import notified_market
from tests.sagas.test_override import ordered
from tests.sagas.test_refund import spend
from tests.sagas.test_standing import current_details

__all__ = ["notified_market"]


async def short(market: Market) -> tuple[Party, Wallet]:
    """A person with 100.00 in a wallet and an account at bank 3, where our guarantee account is empty."""
    await empty_guarantee(market, 3)
    party = await market.party(3, None)
    return party, await wallet_of(market, party, "100.00")


async def _stuck(market: Market) -> list[Stuck]:
    async with market.database.transaction() as session:
        return await stuck(session, older_than_s=3600, limit=10)


async def shown(market: Market, row: Refund | Withdrawal, words: str) -> str:
    """What the Temporal UI shows of the row's workflow, once it says these words."""
    return await eventually(lambda: current_details(market, row), lambda seen: words in seen, words)


async def empty_guarantee(market: Market, bank_id: int) -> None:
    """Takes from our guarantee account at a bank what other tests have left there."""
    guarantee = await market.bank.fund(bank_id, Money(1, "RUB"))
    balance, _ = await market.bank.balance(guarantee)
    spender = await market.party(bank_id, None)
    key, nothing = f"spent/{spender.number}", Money(0, "RUB")
    spent = payout(key, spender.number, parse_money(balance, "RUB"), nothing, "spent")
    assert isinstance(await market.bank.client.send(spent), Done)


async def refund_without_money(market: Market) -> tuple[Party, Deal, Payment, Refund]:
    """A refund of 500.00, of which 25.00 were commission, after the seller has spent the rest and we have nothing."""
    seller, buyer, deal = await market.sale(sellers_bank=3, buyers_bank=3)
    payment = await market.paid(deal, buyer)
    await market.until(deal, "completed")
    await spend(market, seller, "475.00", bank_id=3)
    await empty_guarantee(market, 3)
    refund = await market.refund(deal, None, Cause.SELLER)
    await eventually(lambda: _stuck(market), bool, "the refund on the list")
    return buyer, deal, payment, refund


async def test_without_our_money_at_the_bank_a_withdrawal_waits_and_a_look_at_everything_has_it_paid(
    market: Market,
) -> None:
    party, wallet = await short(market)
    withdrawal = await withdrawn(market, wallet, party)
    waiting = await market.until(withdrawal, "awaiting_funds")
    assert waiting.refused_code is None
    assert await wallet_state(market, wallet) == "100.00, 40.00 held"
    [seen] = await _stuck(market)
    assert (seen.what, seen.awaits, str(seen.money)) == ("funds", "bank/3", "40.00 RUB")
    assert seen.withdrawal_id == withdrawal.id
    details = await shown(market, withdrawal, "bank 3 needs 40.00 RUB")
    assert "An operator should look" in details
    assert await market.alarms() == {}

    await market.bank.fund(3, Money(40_00, "RUB"))
    await market.redrive()
    await market.until(withdrawal, "paid")
    assert await market.balance(party) == "40.00, 0.00 held"
    assert await wallet_state(market, wallet) == "60.00, 0.00 held"
    assert await notices(market, wallet.id) == ["withdrawal_code", "withdrawal_waits", "withdrawal_paid"]
    async with market.bank.database.transaction() as session:
        keys = await session.scalars(
            text("SELECT request_key FROM payouts WHERE payee_account = :number"), {"number": party.number}
        )
        assert list(keys) == [f"withdrawal/{withdrawal.id}/payout/2"]
    assert await market.bank.violations() == []
    assert await market.alarms() == {}


async def test_a_withdrawal_that_waits_for_our_money_is_tried_again_in_time_and_may_be_cancelled(
    market: Market,
) -> None:
    party, wallet = await short(market)
    withdrawal = await withdrawn(market, wallet, party)
    await market.until(withdrawal, "awaiting_funds")
    await market.pass_time(withdrawal, FUNDS_AGAIN_AFTER + timedelta(seconds=1))
    await eventually(lambda: market.now(withdrawal), lambda seen: seen.payout == 2, "the second payout")
    await market.until(withdrawal, "awaiting_funds")
    async with market.database.transaction() as session:
        await cancel(session, await withdrawal_of(session, None, withdrawal.id, lock=True))
    await signal(market, withdrawal)
    await market.workflow(withdrawal).result()
    assert await wallet_state(market, wallet) == "100.00, 0.00 held"
    assert await notices(market, wallet.id) == ["withdrawal_code", "withdrawal_waits"]
    assert await market.alarms() == {}


async def test_an_answer_that_is_written_down_once_more_is_not_that_of_the_next_payout(idle_market: Market) -> None:
    market = idle_market
    party, wallet = await short(market)
    withdrawal = await withdrawn(market, wallet, party)
    answer = BankAnswer(False, refused_code="insufficient_funds")
    refused = partial(record_payout, withdrawal_id=withdrawal.id, number=1, answer=answer)
    assert (await market.database.run(refused)).value.state == "awaiting_funds"
    async with market.database.transaction() as session:
        await pay_withdrawal_again(session, withdrawal.id)
    again = (await market.database.run(refused)).value
    assert (again.state, again.payout) == ("paying", 2)
    paid = partial(record_payout, withdrawal_id=withdrawal.id, number=2, answer=BankAnswer(True, operation="op"))
    assert (await market.database.run(paid)).value.state == "paid"


async def test_a_refund_that_lacks_our_money_says_so_and_a_deposit_has_it_paid_at_once(notified_market: Market) -> None:
    market = notified_market
    buyer, _, payment, refund = await refund_without_money(market)
    [seen] = await _stuck(market)
    assert (seen.what, seen.awaits, str(seen.money)) == ("funds", "bank/3", "475.00 RUB")
    assert (seen.deal_id, seen.payment_id) == (payment.deal_id, payment.id)
    details = await shown(market, refund, "the guarantee account have too little (guarantee_exhausted)")
    assert "missing on the guarantee account of bank 3: 475.00 RUB at most" in details

    await market.bank.fund(3, Money(475_00, "RUB"))
    await market.until(refund, "refunded")  # and no clock was moved
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await _stuck(market) == []
    assert await market.alarms() == {}


async def test_a_deposit_has_withdrawals_paid_that_waited_for_it(notified_market: Market) -> None:
    market = notified_market
    party, wallet = await short(market)
    withdrawal = await withdrawn(market, wallet, party)
    await market.until(withdrawal, "awaiting_funds")
    await market.bank.fund(3, Money(40_00, "RUB"))
    await market.until(withdrawal, "paid")
    assert await market.balance(party) == "40.00, 0.00 held"
    assert await market.alarms() == {}


async def test_a_override_has_a_refund_tried_at_once(market: Market) -> None:
    buyer, _, payment, refund = await refund_without_money(market)
    await market.bank.fund(3, Money(475_00, "RUB"))
    await ordered(market, payment, Asked(OverrideKind.REFUND, "the account is funded"))
    await market.until(refund, "refunded")
    assert await market.balance(buyer) == "1000.00, 0.00 held"
    assert await market.alarms() == {}
