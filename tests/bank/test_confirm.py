"""Confirmation as a step of its own: the code first, the debit after it, without the code."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bank.client import Operation, capture, confirm, debit, debit_confirmed, request_code, void
from domain.money import Money
from tests.bank.paying import state_of
from tests.fixtures.bank import OPENING_MINOR, RunningBank, done, refused

OPENING = Money(OPENING_MINOR, "RUB")
AMOUNT = Money(10_000, "RUB")
WRONG = "0000-0000"


async def confirmed(bank: RunningBank) -> Operation:
    operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
    code = await bank.code(operation)
    call = confirm(bank.key("confirm"), operation.key, code, datetime.now(UTC), amount=AMOUNT)
    answer: Operation = done(await bank.client.send(call))
    return answer


@pytest.mark.source("discussion:103-106", "discussion:107-110")
async def test_a_confirmed_operation_holds_nothing_and_is_then_debited_without_a_code(bank: RunningBank) -> None:
    operation = await confirmed(bank)
    assert (operation.status, operation.held_at) == ("confirmed", None)
    assert operation.confirmed_at is not None
    assert await bank.balance(operation.payer_account) == (OPENING.amount, "0.00")
    assert await bank.violations() == []
    held = done(await bank.client.send(debit_confirmed(bank.key(), operation.key, amount=AMOUNT)))
    assert (held.status, held.confirmed_at) == ("pause", operation.confirmed_at)
    assert await bank.balance(operation.payer_account) == (OPENING.amount, (AMOUNT + operation.fee).amount)
    assert done(await bank.client.send(capture(bank.key(), operation.key))).status == "success"
    assert await bank.violations() == []


async def test_a_debit_without_a_code_needs_a_confirmation(bank: RunningBank) -> None:
    operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
    await bank.code(operation)
    before = await state_of(bank)
    answer = await bank.client.send(debit_confirmed(bank.key(), operation.key))
    assert refused(answer) == "not_confirmed"
    wrong = await bank.client.send(confirm(bank.key(), operation.key, WRONG, datetime.now(UTC)))
    assert refused(wrong) == "code_rejected"
    answer = await bank.client.send(debit_confirmed(bank.key(), operation.key))
    assert refused(answer) == "not_confirmed"
    assert await state_of(bank) == before


async def test_a_code_confirms_once(bank: RunningBank) -> None:
    operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
    code, now = await bank.code(operation), datetime.now(UTC)
    done(await bank.client.send(confirm(bank.key(), operation.key, code, now)))
    before = await state_of(bank)
    again = await bank.client.send(confirm(bank.key(), operation.key, code, now))
    with_code = await bank.client.send(debit(bank.key(), operation.key, code, now))
    another = await bank.client.send(request_code(bank.key(), operation.key))
    too_early = await bank.client.send(capture(bank.key(), operation.key))
    codes = [refused(answer) for answer in (again, with_code, another, too_early)]
    assert codes == ["code_rejected", "code_rejected", "operation_ended", "not_held"]
    assert await state_of(bank) == before


async def test_wrong_codes_of_confirmation_and_debit_count_together(bank: RunningBank) -> None:
    operation = await bank.open(bank.parties[0], bank.parties[2], AMOUNT)
    code, now = await bank.code(operation), datetime.now(UTC)
    for number in range(5):
        wrong = confirm if number % 2 else debit
        await bank.client.send(wrong(bank.key(), operation.key, WRONG, now))
    answer = await bank.client.send(confirm(bank.key(), operation.key, code, now))
    assert refused(answer) == "code_rejected"
    assert await bank.violations() == []


async def test_a_confirmed_operation_can_be_voided_and_is_then_not_debited(bank: RunningBank) -> None:
    operation = await confirmed(bank)
    assert done(await bank.client.send(void(bank.key(), operation.key))).status == "void"
    answer = await bank.client.send(debit_confirmed(bank.key(), operation.key))
    assert refused(answer) == "operation_ended"
    assert await bank.balance(operation.payer_account) == (OPENING.amount, "0.00")
    assert await bank.violations() == []


async def test_the_money_may_be_gone_between_confirmation_and_debit_and_come_again(bank: RunningBank) -> None:
    payer = await bank.new_client(1, "100.00")
    operation = await bank.open(payer, bank.parties[1], AMOUNT)
    code = await bank.code(operation)
    done(await bank.client.send(confirm(bank.key(), operation.key, code, datetime.now(UTC))))
    other = await bank.held(payer, bank.parties[1], Money(5_000, "RUB"))
    answer = await bank.client.send(debit_confirmed(bank.key(), operation.key))
    assert refused(answer) == "insufficient_funds"
    done(await bank.client.send(void(bank.key(), other.key)))
    assert done(await bank.client.send(debit_confirmed(bank.key(), operation.key))).status == "pause"
    assert await bank.violations() == []


async def test_a_code_without_its_time_or_a_time_without_a_code_is_a_problem(bank: RunningBank) -> None:
    operation = await confirmed(bank)
    for body, field in (({"code": WRONG}, "submitted_at"), ({"submitted_at": "2026-01-31T09:05:00Z"}, "code")):
        answer = await bank.shop.post(
            f"/operations/{operation.key}/debit", json=body, headers={"Idempotency-Key": bank.key()}
        )
        assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "missing_field", field)
    assert done(await bank.client.operation(operation.key)).status == "confirmed"
