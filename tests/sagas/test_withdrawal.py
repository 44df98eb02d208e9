"""Withdrawals at a real bank: paid once under any loss, freed after a refusal, booked back after a return."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from temporalio.testing import ActivityEnvironment

from activities.withdrawal import WithdrawalActivities
from audit.payouts import look, read_withdrawals
from bank.client import Done
from domain.keys import payout_key
from domain.money import Money
from domain.withdrawals import CONFIRM_WITHIN, RETURNED_WITHIN
from payloads.withdrawal import WithdrawalRef
from store.wallets.wallets import Wallet
from store.wallets.withdrawals import Withdrawal, withdrawal_of_bank_key
from tests.bank.test_behaviour_rules import rule
from tests.fixtures.party_wallets import enter, notices, wallet_of, wallet_state, withdraw, withdrawn
from tests.fixtures.sagas import Market, Party, eventually


async def _owner(market: Market) -> tuple[Party, Wallet]:
    """A person with 100.00 in a wallet and an account at bank 2, whose guarantee account can pay."""
    party = await market.party(2, None)
    await market.bank.fund(2, Money(1_000_00, "RUB"))
    return party, await wallet_of(market, party, "100.00")


async def _paid_once(market: Market, party: Party, wallet: Wallet, withdrawal: Withdrawal) -> None:
    assert await market.balance(party) == "40.00, 0.00 held"
    assert await wallet_state(market, wallet) == "60.00, 0.00 held"
    async with market.bank.database.transaction() as session:
        keys = await session.scalars(
            text("SELECT request_key FROM payouts WHERE payee_account = :number"), {"number": party.number}
        )
        assert list(keys) == [f"withdrawal/{withdrawal.id}/payout"]
    assert await market.bank.violations() == []
    assert await market.alarms() == {}


async def test_the_bank_pays_once_the_code_is_entered_and_the_hold_is_gone(market: Market) -> None:
    party, wallet = await _owner(market)
    withdrawal, code = await withdraw(market, wallet, party)
    assert await wallet_state(market, wallet) == "100.00, 40.00 held"
    assert await market.alarms() == {}
    await enter(market, withdrawal, code)
    await market.until(withdrawal, "paid")
    await _paid_once(market, party, wallet, withdrawal)
    assert await notices(market, wallet.id) == ["withdrawal_code", "withdrawal_paid"]
    await market.pass_time(withdrawal, RETURNED_WITHIN + timedelta(seconds=1))
    await market.until(withdrawal, "done")
    await _paid_once(market, party, wallet, withdrawal)


@pytest.mark.parametrize(
    "rules",
    [
        [rule("lose", steps=["payout"], times=2)],
        [rule("accept", steps=["payout"], times=1, webhook="never", withhold_s=1.0)],
        [rule("fail", steps=["payout"], times=2, when="after")],
    ],
    ids=["lost", "accepted", "failed"],
)
async def test_an_unknown_outcome_is_asked_for_by_key_and_paid_once(
    market: Market, rules: list[dict[str, object]]
) -> None:
    party, wallet = await _owner(market)
    withdrawal, code = await withdraw(market, wallet, party)
    await market.bank.behave(2, *rules)
    await enter(market, withdrawal, code)
    await market.until(withdrawal, "paid")
    await _paid_once(market, party, wallet, withdrawal)
    assert (await market.now(withdrawal)).flagged_at is None


async def test_after_the_banks_refusal_the_money_is_free_again(market: Market) -> None:
    party, wallet = await _owner(market)
    await market.bank.post(f"/accounts/{party.number}/closure", {})
    withdrawal = await withdrawn(market, wallet, party)
    seen = await market.until(withdrawal, "refused")
    assert (seen.refused_code, await wallet_state(market, wallet)) == ("account_closed", "100.00, 0.00 held")
    assert await notices(market, wallet.id) == ["withdrawal_code", "withdrawal_refused"]


async def test_what_the_bank_sends_back_is_booked_back_into_the_wallet_once(market: Market) -> None:
    party, wallet = await _owner(market)
    withdrawal = await withdrawn(market, wallet, party)
    paid = await market.until(withdrawal, "paid")
    await market.bank.post(f"/payouts/{paid.operation}/return", {})
    for _ in range(3):
        await market.redrive()
    await market.until(withdrawal, "returned")
    assert await wallet_state(market, wallet) == "100.00, 0.00 held"
    assert await market.balance(party) == "0.00, 0.00 held"
    assert isinstance(await market.bank.client.payout(paid.operation or ""), Done)
    assert await notices(market, wallet.id) == ["withdrawal_code", "withdrawal_paid", "withdrawal_returned"]


async def test_what_the_bank_sends_back_after_weeks_is_booked_back_once_it_says_so(market: Market) -> None:
    party, wallet = await _owner(market)
    withdrawal = await withdrawn(market, wallet, party)
    paid = await market.until(withdrawal, "paid")
    await market.pass_time(withdrawal, RETURNED_WITHIN + timedelta(seconds=1))
    await market.until(withdrawal, "done")
    await market.bank.post(f"/payouts/{paid.operation}/return", {})
    async with market.database.transaction() as session:
        shown = await withdrawal_of_bank_key(session, payout_key(str(withdrawal.id)))
        assert shown is not None
    for _ in range(2):
        await market.redrive()
    await market.until(withdrawal, "returned")
    assert await wallet_state(market, wallet) == "100.00, 0.00 held"
    assert await notices(market, wallet.id) == ["withdrawal_code", "withdrawal_paid", "withdrawal_returned"]


_PLANTED = {
    "there is none": ("UPDATE payouts SET key = key || 'x' WHERE key = '{key}'", "its bank has no payout"),
    "it is larger": ("UPDATE payouts SET amount_minor = 5000 WHERE key = '{key}'", "asked for 40.00 RUB"),
    "of another": ("UPDATE payouts SET reference = 'withdrawal/x' WHERE key = '{key}'", "asked for 40.00 RUB"),
}


@pytest.mark.parametrize("planted", _PLANTED)
async def test_an_audit_names_a_withdrawal_whose_payout_at_the_bank_is_not_what_was_asked_for(
    market: Market, planted: str
) -> None:
    party, wallet = await _owner(market)
    paid = await market.until(await withdrawn(market, wallet, party), "paid")
    statement, words = _PLANTED[planted]
    free = {"server_settings": {"session_replication_role": "replica"}}
    saboteur = create_async_engine(market.bank.stored.superuser_url, connect_args=free)
    async with saboteur.begin() as connection:
        before = (await connection.execute(text(f"SELECT * FROM payouts WHERE key = '{paid.operation}'"))).one()
        await connection.execute(text(statement.replace("{key}", paid.operation or "")))
    alarms = await market.alarms()
    async with saboteur.begin() as connection:  # other tests have the same bank
        as_it_was = "key = :key, amount_minor = :amount_minor, reference = :reference"
        same = {"request_key": before.request_key, **before._mapping}
        await connection.execute(text(f"UPDATE payouts SET {as_it_was} WHERE request_key = :request_key"), same)
    await saboteur.dispose()
    [detail] = alarms["payouts_agree_with_banks"]
    assert str(paid.id) in detail and words in detail


async def test_a_return_that_was_not_booked_is_named(market: Market) -> None:
    party, wallet = await _owner(market)
    withdrawal = await withdrawn(market, wallet, party)
    paid = await market.until(withdrawal, "paid")
    await market.pass_time(withdrawal, RETURNED_WITHIN + timedelta(seconds=1))
    await market.until(withdrawal, "done")
    await market.bank.post(f"/payouts/{paid.operation}/return", {})
    async with market.database.transaction() as session:
        rows = await read_withdrawals(session)
    sums: list[tuple[str, int, int, int]] = []
    soon, words = datetime.now(UTC) + timedelta(minutes=1), f"withdrawal {withdrawal.id} is done, but was sent back at"
    looked = await look(rows, market.bank.client, lambda *one: sums.append(one), soon, timedelta(0))
    assert [words in detail for detail in looked.details] == [True]
    assert sums == [("outside/withdrawal/2/RUB", 4_000, 0, 0)]


async def test_without_a_code_the_hold_is_void_when_the_databases_clock_says_so(market: Market) -> None:
    party, wallet = await _owner(market)
    withdrawal, code = await withdraw(market, wallet, party)
    # The workflow's timer alone ends nothing.
    await market.environment.fast_forward(market.workflow(withdrawal), CONFIRM_WITHIN + timedelta(seconds=1))
    assert (await market.now(withdrawal)).state == "awaiting_code"
    await market.pass_time(withdrawal, CONFIRM_WITHIN + timedelta(seconds=1))
    await market.until(withdrawal, "expired")
    assert await wallet_state(market, wallet) == "100.00, 0.00 held"
    with pytest.raises(Exception, match="withdrawal_ended"):
        await enter(market, withdrawal, code)
    assert await market.balance(party) == "0.00, 0.00 held"


async def test_a_terminated_workflow_is_started_again_and_a_cancel_from_outside_undoes_no_payment(
    market: Market,
) -> None:
    party, wallet = await _owner(market)
    first, code = await withdraw(market, wallet, party)
    await market.workflow(first).terminate()
    await enter(market, first, code, signals=False)
    await market.redrive()
    await market.until(first, "paid")
    await market.workflow(first).cancel()
    await _paid_once(market, party, wallet, first)
    second, _ = await withdraw(market, wallet, party, "10.00")
    await market.workflow(second).cancel()
    await market.until(second, "cancelled")
    assert await wallet_state(market, wallet) == "60.00, 0.00 held"


async def test_while_the_bank_is_silent_an_operator_is_called_and_nothing_is_guessed(market: Market) -> None:
    party, wallet = await _owner(market)
    withdrawal, code = await withdraw(market, wallet, party)
    await market.bank.behave(2, rule("accept", steps=["payout"], webhook="never", withhold_s=3600.0))
    await enter(market, withdrawal, code)
    await market.environment.fast_forward(market.workflow(withdrawal), timedelta(minutes=20))
    await eventually(lambda: market.now(withdrawal), lambda seen: seen.flagged_at is not None, "the flag")
    assert (await market.now(withdrawal)).state == "paying"
    assert await wallet_state(market, wallet) == "100.00, 40.00 held"


async def test_every_step_that_a_killed_worker_has_done_is_done_again_without_effect(idle_market: Market) -> None:
    market, env = idle_market, ActivityEnvironment()
    party, wallet = await _owner(market)
    withdrawal, code = await withdraw(market, wallet, party)
    other, _ = await withdraw(market, wallet, party, "10.00")
    await enter(market, withdrawal, code)
    acts = WithdrawalActivities(market.database, market.bank.client, market.sagas)
    ref = WithdrawalRef(str(withdrawal.id))
    assert [(await env.run(acts.pay_out, ref)).state for _ in "12"] == ["paid", "paid"]
    for _ in "12":
        await env.run(acts.cancel_withdrawal, WithdrawalRef(str(other.id)))
        await env.run(acts.resume_withdrawal, ref)
    await _paid_once(market, party, wallet, withdrawal)
    await market.bank.post(f"/payouts/{(await market.now(withdrawal)).operation}/return", {})
    for _ in "12":
        await env.run(acts.ask_for_return, ref)
    assert await wallet_state(market, wallet) == "100.00, 0.00 held"
    assert (await notices(market, wallet.id)).count("withdrawal_returned") == 1
