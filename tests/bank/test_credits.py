"""Credits: never more than was captured, to any bank, and the banks' debts still agree."""

from __future__ import annotations

from bank.client import credit, refund
from domain.money import Money
from tests.bank.paying import state_of
from tests.fixtures.bank import OPENING_MINOR, RunningBank, done, refused

AMOUNT = Money(10_000, "RUB")


async def test_a_credit_at_another_bank_than_foreseen_moves_the_debt_there(bank: RunningBank) -> None:
    payer, foreseen, elsewhere = bank.parties[0], bank.parties[2], bank.parties[4]
    assert len({payer.bank_id, foreseen.bank_id, elsewhere.bank_id}) == 3
    third = Money(3_000, "RUB")
    source = await bank.captured(payer, foreseen, AMOUNT)
    done(await bank.client.send(credit(bank.key(), elsewhere.number, third, source.key, "deal/1")))
    assert await bank.violations() == []
    home = bank.parties[1]
    assert home.bank_id == payer.bank_id
    done(await bank.client.send(credit(bank.key(), home.number, third, source.key, "deal/1")))
    done(await bank.client.send(credit(bank.key(), foreseen.number, Money(4_000, "RUB"), source.key, "deal/1")))
    within = await bank.captured(payer, home, AMOUNT)
    done(await bank.client.send(credit(bank.key(), elsewhere.number, AMOUNT, within.key, "deal/1")))
    assert await bank.violations() == []


async def test_a_credit_to_the_payer_himself_is_refused_and_a_refund_takes_its_place(bank: RunningBank) -> None:
    payer = bank.parties[0]
    source = await bank.captured(payer, bank.parties[2], AMOUNT)
    before = await state_of(bank)
    answer = await bank.client.send(credit(bank.key(), payer.number, AMOUNT, source.key, "deal/1"))
    assert refused(answer) == "same_account"
    assert await state_of(bank) == before
    done(await bank.client.send(refund(bank.key(), [source.key], fee="returned")))
    assert await bank.balance(payer.number) == (Money(OPENING_MINOR, "RUB").amount, "0.00")
    assert await bank.violations() == []


async def test_a_credit_needs_a_captured_source_and_an_open_account(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    held = await bank.held(payer, payee, AMOUNT)
    source = await bank.captured(payer, payee, AMOUNT)
    await bank.post(f"/accounts/{payee.number}/closure", {})

    async def refusal(number: str, amount: Money, source_key: str) -> str:
        answer = await bank.client.send(credit(bank.key(), number, amount, source_key, "deal/1"))
        return refused(answer)

    open_account = bank.parties[3].number
    dollars = await bank.new_client(2, "0.00", currency="USD")
    assert await refusal(open_account, AMOUNT, held.key) == "not_captured"
    assert await refusal(payee.number, AMOUNT, source.key) == "account_closed"
    assert await refusal("0020000000000", AMOUNT, source.key) == "unknown_account"
    assert await refusal(open_account, AMOUNT, "op-001-00000000000000000000") == "unknown_operation"
    assert await refusal(dollars.number, AMOUNT, source.key) == "currency_mismatch"
    assert await refusal(dollars.number, Money(1, "USD"), source.key) == "currency_mismatch"
    # A payable until the seller names another account.
    done(await bank.client.send(credit(bank.key(), open_account, AMOUNT, source.key, "deal/1")))
    assert await bank.violations() == []


async def test_a_credit_is_no_source(bank: RunningBank) -> None:
    payee = bank.parties[2]
    source = await bank.captured(bank.parties[0], payee, AMOUNT)
    paid = done(await bank.client.send(credit(bank.key(), payee.number, AMOUNT, source.key, "deal/1")))
    answer = await bank.client.send(credit(bank.key(), payee.number, AMOUNT, paid.key, "deal/1"))
    assert refused(answer) == "unknown_operation"
