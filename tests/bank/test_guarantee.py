"""The recipient has spent the money: the guarantee account pays the payer at once, and the recipient owes it."""

from __future__ import annotations

import pytest

from bank.client import Refund, credit, refund
from domain.money import Money
from tests.bank.paying import paid, plant_paid, spend, state_of
from tests.fixtures.bank import OPENING_MINOR, Party, RunningBank, done, refused

OPENING = Money(OPENING_MINOR, "RUB")
AMOUNT = Money(10_000, "RUB")


async def guarantee(bank: RunningBank, bank_id: int, balance: str = "") -> str:
    """The number of a bank's guarantee account, after a deposit of `balance`."""
    number = next(row for row in await bank.client.banks() if row.id == bank_id).guarantee_account
    if balance:
        await bank.post(f"/accounts/{number}/deposits", {"amount": balance, "currency": "RUB"})
    return number


async def debt(bank: RunningBank, party: Party) -> str:
    owed: str = (await bank.get(f"/accounts/{party.number}"))["debt"]
    return owed


async def in_debt(bank: RunningBank, balance: str = "70.00") -> tuple[Party, Party, str, Refund]:
    """Payer, payee, the guarantee account and the refund after which the payee owes 70.00 of 100.00."""
    payer, payee = bank.parties[0], bank.parties[2]
    number = await guarantee(bank, payee.bank_id, balance)
    key = await paid(bank, payer, payee, AMOUNT)
    await spend(bank, payee, bank.parties[3], leave=Money(3_000, "RUB"))
    [one] = done(await bank.client.send(refund(bank.key(), [key], fee="returned")))
    return payer, payee, number, one


@pytest.mark.source("marketplace:155-156")
async def test_a_payer_is_paid_back_at_once_though_the_payee_has_spent_the_money(bank: RunningBank) -> None:
    payer, payee, number, one = await in_debt(bank)
    assert (one.from_payee, one.from_guarantee) == (Money(3_000, "RUB"), Money(7_000, "RUB"))
    assert await bank.balance(payer.number) == (OPENING.amount, "0.00")
    assert await bank.balance(payee.number) == ("0.00", "0.00")
    assert await bank.balance(number) == ("0.00", "0.00")
    assert await debt(bank, payee) == "70.00"
    assert await bank.violations() == []


async def test_later_credits_pay_the_debt_back_to_the_guarantee_account(bank: RunningBank) -> None:
    payer, payee, number, _ = await in_debt(bank)
    source = await bank.captured(payer, payee, AMOUNT)
    done(await bank.client.send(credit(bank.key(), payee.number, Money(6_000, "RUB"), source.key, "deal/1")))
    assert (await bank.balance(number), await bank.balance(payee.number)) == (("60.00", "0.00"), ("0.00", "0.00"))
    assert await debt(bank, payee) == "10.00"
    assert await bank.violations() == []
    done(await bank.client.send(credit(bank.key(), payee.number, Money(4_000, "RUB"), source.key, "deal/1")))
    assert (await bank.balance(number), await bank.balance(payee.number)) == (("70.00", "0.00"), ("30.00", "0.00"))
    assert await debt(bank, payee) == "0.00"
    assert await bank.violations() == []


async def test_a_deposit_and_a_payment_in_one_call_pay_the_debt_too(bank: RunningBank) -> None:
    payer, payee, number, _ = await in_debt(bank)
    await bank.post(f"/accounts/{payee.number}/deposits", {"amount": "20.00", "currency": "RUB"})
    assert (await debt(bank, payee), (await bank.balance(payee.number))[0]) == ("50.00", "0.00")
    assert await bank.violations() == []
    await paid(bank, payer, payee, Money(6_000, "RUB"))
    assert (await debt(bank, payee), (await bank.balance(payee.number))[0]) == ("0.00", "10.00")
    assert await bank.balance(number) == ("70.00", "0.00")
    assert await bank.violations() == []


async def test_a_guarantee_that_is_short_refuses_the_refund_and_nothing_has_changed(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    await guarantee(bank, payee.bank_id, "69.99")
    fine, short = [await paid(bank, payer, party, AMOUNT) for party in (bank.parties[4], payee)]
    await spend(bank, payee, bank.parties[3], leave=Money(3_000, "RUB"))
    before = await state_of(bank)
    answer = await bank.client.send(refund(bank.key(), [fine, short], fee="returned"))
    assert refused(answer) == "guarantee_exhausted"
    assert await state_of(bank) == before
    # The part of it that is available goes back.
    [one] = done(await bank.client.send(refund(bank.key(), [short], amount=Money(9_999, "RUB"), fee="returned")))
    assert (one.from_payee, one.from_guarantee) == (Money(3_000, "RUB"), Money(6_999, "RUB"))
    assert await bank.violations() == []


async def test_within_a_bank_the_guarantee_pays_just_so(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[1]
    number = await guarantee(bank, payee.bank_id, "100.00")
    key = await paid(bank, payer, payee, AMOUNT)
    await spend(bank, payee, bank.parties[2], leave=Money(50_000, "RUB"))
    await spend(bank, payee, await bank.new_client(payee.bank_id, "0.00"), leave=Money(1_000, "RUB"))
    done(await bank.client.send(refund(bank.key(), [key], fee="returned")))
    assert await bank.balance(number) == ("10.00", "0.00")
    assert await debt(bank, payee) == "90.00"
    assert await bank.violations() == []


async def test_what_the_payee_has_on_hold_is_not_free_for_a_refund(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], await bank.new_client(2, "0.00")
    await guarantee(bank, payee.bank_id, "100.00")
    key = await paid(bank, payer, payee, AMOUNT)
    await bank.held(payee, bank.parties[3], Money(8_000, "RUB"))
    [one] = done(await bank.client.send(refund(bank.key(), [key], fee="returned")))
    assert (one.from_payee, one.from_guarantee) == (Money(2_000, "RUB"), Money(8_000, "RUB"))
    assert await bank.balance(payee.number) == ("80.00", "80.00")
    assert await bank.violations() == []


async def test_a_closed_account_of_the_payee_counts_as_empty(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    number = await guarantee(bank, payee.bank_id, "100.00")
    key = await paid(bank, payer, payee, AMOUNT)
    await bank.post(f"/accounts/{payee.number}/closure", {})
    [one] = done(await bank.client.send(refund(bank.key(), [key], fee="returned")))
    assert one.from_guarantee == AMOUNT
    assert await bank.balance(number) == ("0.00", "0.00")
    assert await debt(bank, payee) == "100.00"
    assert await bank.balance(payer.number) == (OPENING.amount, "0.00")
    assert await bank.violations() == []


async def test_an_account_pays_its_debt_before_it_is_closed(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], await bank.new_client(2, "0.00")
    number = await guarantee(bank, payee.bank_id, "100.00")
    key = await paid(bank, payer, payee, AMOUNT)
    held = await bank.held(payee, bank.parties[3], Money(8_000, "RUB"))
    done(await bank.client.send(refund(bank.key(), [key], fee="returned")))
    done(await bank.client.send(refund(bank.key(), [held.key], fee="returned")))
    assert await debt(bank, payee) == "80.00"
    await bank.post(f"/accounts/{payee.number}/closure", {})
    assert await bank.balance(number) == ("100.00", "0.00")
    assert await debt(bank, payee) == "0.00"
    assert await bank.violations() == []


async def test_the_guarantee_account_does_not_owe_itself(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    number = await guarantee(bank, payee.bank_id)
    source = await bank.captured(payer, payee, AMOUNT)
    done(await bank.client.send(credit(bank.key(), number, AMOUNT, source.key, "deal/1")))
    [planted] = await plant_paid(bank, payer, payee, Money(2_000, "RUB"), Money(0, "RUB"))
    await spend(bank, payee, bank.parties[3], leave=Money(0, "RUB"))
    done(await bank.client.send(refund(bank.key(), [planted], fee="returned")))
    answer = await bank.client.send(refund(bank.key(), [source.key], fee="returned"))
    assert refused(answer) == "guarantee_exhausted"
    done(await bank.client.send(refund(bank.key(), [source.key], amount=Money(8_000, "RUB"), fee="returned")))
    assert await bank.balance(number) == ("0.00", "0.00")
    assert await bank.violations() == []
