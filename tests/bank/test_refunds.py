"""Refunds: everything or a part, by keys or by reference, at once to the payer, and the books after each."""

from __future__ import annotations

import pytest

from bank.client import Operation, Refund, capture, credit, refund
from bank.refunds import FeePolicy
from domain.money import Money
from tests.bank.paying import paid, plant_paid
from tests.fixtures.bank import OPENING_MINOR, RunningBank, done, refused

OPENING = Money(OPENING_MINOR, "RUB")
AMOUNT = Money(10_000, "RUB")
NOTHING = Money(0, "RUB")


async def refunded(
    bank: RunningBank, *keys: str, amount: Money | None = None, fee: FeePolicy = "returned"
) -> list[Refund]:
    answer = await bank.client.send(refund(bank.key("refund"), keys, amount=amount, fee=fee))
    result: list[Refund] = done(answer)
    return result


async def operation(bank: RunningBank, key: str) -> Operation:
    found: Operation = done(await bank.client.operation(key))
    return found


@pytest.mark.source("bank client:83-86")
async def test_a_refund_between_banks_takes_the_money_from_the_payee_and_returns_the_fee(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    key = await paid(bank, payer, payee, AMOUNT)
    taken = await operation(bank, key)
    assert taken.fee.minor > 0
    [one] = await refunded(bank, key)
    assert (one.source, one.amount, one.fee) == (key, AMOUNT, taken.fee)
    assert one.from_payee == AMOUNT
    assert one.from_uncredited == one.from_guarantee == one.from_hold == NOTHING
    assert await bank.balance(payer.number) == (OPENING.amount, "0.00")
    assert await bank.balance(payee.number) == (OPENING.amount, "0.00")
    assert await bank.violations() == []


@pytest.mark.source("bank client:101-104", "bank client:228-230")
async def test_a_refund_is_an_operation_that_names_its_debit_and_carries_its_reference(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[1]
    key = await paid(bank, payer, payee, AMOUNT, "deal/7")
    [one] = await refunded(bank, key)
    assert await operation(bank, one.operation.key) == one.operation
    assert (one.operation.kind, one.operation.status, one.operation.source) == ("refund", "success", key)
    assert (one.operation.payer_account, one.operation.payee_account) == (payee.number, payer.number)
    listed = done(await bank.client.operations("deal/7"))
    assert [found.kind for found in listed] == ["debit", "credit", "refund"]
    assert [found.refunded for found in listed] == [AMOUNT, AMOUNT, NOTHING]
    assert await bank.balance(payer.number) == (OPENING.amount, "0.00")
    assert await bank.violations() == []


async def test_what_was_captured_and_not_credited_goes_back_first_and_cannot_be_credited_any_more(
    bank: RunningBank,
) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    taken = await bank.captured(payer, payee, AMOUNT)
    done(await bank.client.send(credit(bank.key(), payee.number, Money(4_000, "RUB"), taken.key, "deal/1")))
    [one] = await refunded(bank, taken.key, amount=Money(7_000, "RUB"))
    assert (one.from_uncredited, one.from_payee) == (Money(6_000, "RUB"), Money(1_000, "RUB"))
    assert await bank.balance(payee.number) == ((OPENING + Money(3_000, "RUB")).amount, "0.00")
    assert await bank.violations() == []
    late = await bank.client.send(credit(bank.key(), payee.number, Money(1, "RUB"), taken.key, "deal/1"))
    assert refused(late) == "exceeds_source"
    assert await bank.violations() == []


async def test_the_newest_credit_is_clawed_back_first_wherever_it_went(bank: RunningBank) -> None:
    payer, foreseen, elsewhere, home = bank.parties[0], bank.parties[2], bank.parties[4], bank.parties[1]
    taken = await bank.captured(payer, foreseen, AMOUNT)
    for payee, minor in ((foreseen, 5_000), (elsewhere, 3_000), (home, 2_000)):
        done(await bank.client.send(credit(bank.key(), payee.number, Money(minor, "RUB"), taken.key, "deal/1")))
    await refunded(bank, taken.key, amount=Money(4_000, "RUB"))
    assert (await bank.balance(home.number))[0] == OPENING.amount
    assert (await bank.balance(elsewhere.number))[0] == (OPENING + Money(1_000, "RUB")).amount
    assert (await bank.balance(foreseen.number))[0] == (OPENING + Money(5_000, "RUB")).amount
    assert await bank.violations() == []
    await refunded(bank, taken.key)
    for party in (payer, foreseen, elsewhere, home):
        assert await bank.balance(party.number) == (OPENING.amount, "0.00")
    assert await bank.violations() == []


@pytest.mark.source("bank client:83-86")
async def test_a_fee_that_is_kept_stays_with_the_bank(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    key = await paid(bank, payer, payee, AMOUNT)
    fee = (await operation(bank, key)).fee
    [one] = await refunded(bank, key, fee="kept")
    assert one.fee == NOTHING
    assert await bank.balance(payer.number) == ((OPENING - fee).amount, "0.00")
    assert await bank.violations() == []


async def test_parts_of_a_refund_return_the_fee_to_the_last_cent(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    [key] = await plant_paid(bank, payer, payee, Money(300, "RUB"), Money(100, "RUB"))
    fees = [(await refunded(bank, key, amount=Money(100, "RUB")))[0].fee.minor for _ in range(3)]
    assert fees == [33, 33, 34]
    assert await bank.balance(payer.number) == (OPENING.amount, "0.00")
    assert await bank.violations() == []


async def test_a_part_whose_fee_was_kept_does_not_return_it_later(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    [key] = await plant_paid(bank, payer, payee, Money(200, "RUB"), Money(50, "RUB"))
    await refunded(bank, key, amount=Money(100, "RUB"), fee="kept")
    [rest] = await refunded(bank, key)
    assert rest.fee == Money(25, "RUB")
    found = await operation(bank, key)
    assert (found.refunded, found.fee_refunded) == (Money(200, "RUB"), Money(25, "RUB"))
    assert await bank.violations() == []


async def test_a_hold_is_voided_in_whole_fee_included_under_every_policy(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    held = await bank.held(payer, payee, AMOUNT)
    [one] = await refunded(bank, held.key, fee="kept")
    assert (one.from_hold, one.fee, one.operation.status) == (AMOUNT, held.fee, "void")
    assert await bank.balance(payer.number) == (OPENING.amount, "0.00")
    late = await bank.client.send(capture(bank.key(), held.key))
    assert refused(late) == "operation_ended"
    assert await bank.violations() == []


@pytest.mark.source("marketplace:151-154", "marketplace:171-174")
async def test_a_deal_is_refunded_by_its_reference_in_every_state_of_its_operations(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    await bank.open(payer, payee, AMOUNT, "deal/9")
    held = await bank.held(payer, payee, AMOUNT, "deal/9")
    captured = await bank.captured(payer, payee, AMOUNT, "deal/9")
    key = await paid(bank, payer, payee, AMOUNT, "deal/9")
    other = await paid(bank, payer, payee, AMOUNT, "deal/10")
    done(await bank.client.send(refund(bank.key(), reference="deal/9", fee="returned")))
    statuses = {found.key: found.status for found in done(await bank.client.operations("deal/9"))}
    assert (statuses[held.key], statuses[captured.key], statuses[key]) == ("void", "success", "success")
    fee = (await operation(bank, other)).fee
    assert await bank.balance(payer.number) == ((OPENING - AMOUNT - fee).amount, "0.00")
    assert await bank.balance(payee.number) == ((OPENING + AMOUNT).amount, "0.00")
    again = await bank.client.send(refund(bank.key(), reference="deal/9", fee="returned"))
    assert refused(again) == "exceeds_refundable"
    assert await bank.violations() == []


async def test_an_amount_is_taken_from_the_operations_in_the_order_given(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    first, second, third = await plant_paid(bank, payer, payee, Money(1_000, "RUB"), Money(10, "RUB"), count=3)
    found = await refunded(bank, third, first, second, amount=Money(1_500, "RUB"))
    assert [(one.source, one.amount.minor) for one in found] == [(third, 1_000), (first, 500)]
    assert (await operation(bank, second)).refunded == NOTHING
    [rest] = await refunded(bank, first)
    assert rest.amount == Money(500, "RUB")
    assert await bank.violations() == []


@pytest.mark.source("bank client:99-100", "marketplace:147-150")
async def test_a_hundred_operations_are_refunded_in_one_call(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    keys = await plant_paid(bank, payer, payee, Money(1_000, "RUB"), Money(7, "RUB"), count=100)
    assert [one.source for one in await refunded(bank, *keys)] == keys
    assert await bank.balance(payer.number) == (OPENING.amount, "0.00")
    assert await bank.balance(payee.number) == (OPENING.amount, "0.00")
    assert await bank.violations() == []


@pytest.mark.parametrize("keys", [[], ["op-1", "op-1"], ["op"] * 101])
def test_a_call_that_no_bank_would_take_is_not_made(keys: list[str]) -> None:
    with pytest.raises(ValueError):
        refund("key/1", keys, fee="returned")
    with pytest.raises(ValueError):
        refund("key/1", ["op-1"], reference="deal/1", fee="returned")
