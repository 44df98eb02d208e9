"""A payment from the quote to the credit, and the books after it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bank.client import Refused, capture, credit, debit, open_operation
from domain.money import Money
from tests.fixtures.bank import OPENING_MINOR, RunningBank, done, refused

OPENING = Money(OPENING_MINOR, "RUB")
AMOUNT = Money(10_000, "RUB")


@pytest.mark.source("bank client:127-131", "bank client:144-145")
async def test_a_payment_between_two_banks_ends_at_the_payee_with_the_fee_at_the_payers_bank(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    assert payer.bank_id != payee.bank_id
    operation = await bank.open(payer, payee, AMOUNT)
    assert operation.fee.minor > 0
    code = await bank.code(operation)
    held = done(await bank.client.send(debit(bank.key(), operation.key, code, datetime.now(UTC), amount=AMOUNT)))
    assert held.status == "pause"
    assert held.held_at is not None
    total = AMOUNT + operation.fee
    assert await bank.balance(payer.number) == (OPENING.amount, total.amount)
    assert await bank.violations() == []
    assert done(await bank.client.send(capture(bank.key(), operation.key, amount=AMOUNT))).status == "success"
    assert await bank.violations() == []  # captured and not yet credited: in flight between the two banks
    paid = done(await bank.client.send(credit(bank.key(), payee.number, AMOUNT, operation.key, "deal/1")))
    assert paid.source == operation.key
    assert await bank.balance(payer.number) == ((OPENING - total).amount, "0.00")
    assert await bank.balance(payee.number) == ((OPENING + AMOUNT).amount, "0.00")
    assert await bank.violations() == []


async def test_insufficient_funds_at_the_debit_leave_nothing_half_done(bank: RunningBank) -> None:
    payer, payee = await bank.new_client(1, "100.00"), bank.parties[1]
    first = await bank.open(payer, payee, Money(9_000, "RUB"))
    second = await bank.open(payer, payee, Money(9_000, "RUB"))
    code, other_code = await bank.code(first), await bank.code(second)
    done(await bank.client.send(debit(bank.key(), first.key, code, datetime.now(UTC))))
    answer = await bank.client.send(debit(bank.key(), second.key, other_code, datetime.now(UTC)))
    assert refused(answer) == "insufficient_funds"
    assert done(await bank.client.operation(second.key)).status == "created"
    assert await bank.balance(payer.number) == ("100.00", "90.00")
    assert await bank.violations() == []
    # The code was not used up: with the money there, the same code confirms the same payment.
    await bank.post(f"/accounts/{payer.number}/deposits", {"amount": "80.00", "currency": "RUB"})
    assert done(await bank.client.send(debit(bank.key(), second.key, other_code, datetime.now(UTC)))).status == "pause"
    assert await bank.violations() == []


async def test_the_fee_counts_towards_what_the_payer_must_have(bank: RunningBank) -> None:
    payer, payee = await bank.new_client(1, "100.00"), bank.parties[2]
    amount = Money(10_000, "RUB")
    fee = await bank.quote(payer, payee, amount)
    call = open_operation(bank.key(), payer.number, payee.number, amount, fee, "deal/1")
    answer = await bank.client.send(call)
    assert refused(answer) == "insufficient_funds"


async def test_a_fee_that_changed_since_it_was_shown_is_refused(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    shown = await bank.quote(payer, payee, AMOUNT)
    body = {"percent": "9.99", "minimum": "500.00", "currency": "RUB"}
    assert (await bank.admin.put(f"/fees/{payer.bank_id}/{payee.bank_id}", json=body)).is_success
    answer = await bank.client.send(open_operation(bank.key(), payer.number, payee.number, AMOUNT, shown, "deal/1"))
    assert isinstance(answer, Refused) and answer.code == "fee_changed"
    assert "500.00" in answer.detail


async def test_an_operation_is_refused_for_what_is_wrong_with_it(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[1]
    dollars = await bank.new_client(1, "0.00", currency="USD")
    free, nothing = Money(100, "RUB"), Money(0, "RUB")

    async def refusal(payer_number: str, payee_number: str, amount: Money = free) -> str:
        fee = Money(0, amount.currency)
        answer = await bank.client.send(open_operation(bank.key(), payer_number, payee_number, amount, fee, "deal/1"))
        return refused(answer)

    operator = (await bank.client.banks())[0]
    assert await refusal(payer.number, payer.number) == "same_account"
    assert await refusal("0010000000000", payee.number) == "unknown_account"
    assert await refusal(payer.number, "nonsense") == "unknown_account"
    assert await refusal(operator.commission_account, payee.number) == "unknown_account"
    assert await refusal(payer.number, dollars.number) == "currency_mismatch"
    assert await refusal(payer.number, payee.number, Money(100, "USD")) == "currency_mismatch"
    assert await refusal(payer.number, payee.number, nothing) == "bad_amount"
    assert await refusal(payer.number, payee.number, Money(10**16, "RUB")) == "bad_amount"
    assert done(await bank.client.operations("deal/1")) == []


@pytest.mark.source("bank client:97-98", "bank client:132-135", "marketplace:143-146")
async def test_operations_are_found_by_their_reference(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[1]
    first = await bank.captured(payer, payee, AMOUNT, "deal/7")
    paid = done(await bank.client.send(credit(bank.key(), payee.number, AMOUNT, first.key, "deal/7")))
    await bank.open(payer, payee, AMOUNT, "deal/8")
    assert done(await bank.client.operations("deal/7")) == [first, paid]
    assert done(await bank.client.operations("deal/9")) == []
    unknown = await bank.client.operation("op-001-00000000000000000000")
    assert refused(unknown) == "unknown_operation"
