"""The payment in one call: code, debit and credit in one transaction, or nothing at all."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from bank.client import BankClient, Done, Operation, Paid, Refused, Unknown, pay
from bank.service.requests.keys import create_api_key
from domain.money import Money
from tests.bank.paying import state_of
from tests.fixtures.bank import OPENING_MINOR, Party, RunningBank, done, refused

OPENING = Money(OPENING_MINOR, "RUB")
AMOUNT = Money(10_000, "RUB")


async def ready(bank: RunningBank, payer: Party, payee: Party) -> tuple[Operation, str]:
    operation = await bank.open(payer, payee, AMOUNT)
    return operation, await bank.code(operation)


def paying(bank: RunningBank, operation: Operation, code: str, **other: Any) -> Any:
    details: dict[str, Any] = {
        "payer_account": operation.payer_account,
        "payee_account": operation.payee_account,
        "amount": operation.amount,
    }
    return pay(bank.key("pay"), operation.key, code=code, submitted_at=datetime.now(UTC), **(details | other))


@pytest.mark.source(
    "bank client:9-10",
    "bank client:61-64",
    "bank client:75-82",
    "bank client:93-96",
    "bank client:190-205",
    "bank client:206-213",
    "marketplace:115-120",
    "marketplace:137-138",
)
async def test_between_banks_the_payer_pays_the_percent_and_the_payee_has_the_price(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    operation, code = await ready(bank, payer, payee)
    assert operation.fee.minor > 0
    paid: Paid = done(await bank.client.send(paying(bank, operation, code)))
    assert (paid.debit.key, paid.debit.status, paid.credit.source) == (operation.key, "success", operation.key)
    assert await bank.balance(payer.number) == ((OPENING - AMOUNT - operation.fee).amount, "0.00")
    assert await bank.balance(payee.number) == ((OPENING + AMOUNT).amount, "0.00")
    assert done(await bank.client.operations("deal/1")) == [paid.debit, paid.credit]
    assert await bank.violations() == []


@pytest.mark.source("bank client:65-66", "bank client:148-149", "marketplace:133-136")
async def test_within_a_bank_there_is_no_percent(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[1]
    operation, code = await ready(bank, payer, payee)
    done(await bank.client.send(paying(bank, operation, code)))
    assert await bank.balance(payer.number) == ((OPENING - AMOUNT).amount, "0.00")
    assert await bank.balance(payee.number) == ((OPENING + AMOUNT).amount, "0.00")
    assert await bank.violations() == []


@pytest.mark.source("bank client:39-52", "bank client:179-189")
async def test_other_details_than_the_operation_was_opened_for_pay_nothing(bank: RunningBank) -> None:
    payer, payee, other = bank.parties[0], bank.parties[2], bank.parties[3]
    operation, code = await ready(bank, payer, payee)
    before = await state_of(bank)
    for details in (
        {"amount": AMOUNT + Money(1, "RUB")},
        {"amount": Money(10_000, "USD")},
        {"payee_account": other.number},
        {"payer_account": other.number},
    ):
        answer = await bank.client.send(paying(bank, operation, code, **details))
        assert refused(answer) == "operation_differs"
    assert await state_of(bank) == before
    # Each was a try of the code, and none has used it up.
    done(await bank.client.send(paying(bank, operation, code)))
    assert await bank.violations() == []


@pytest.mark.source("bank client:5-6", "bank client:39-52", "bank client:53-58", "marketplace:115-120")
async def test_bad_amounts_and_codes_pay_nothing(bank: RunningBank) -> None:
    operation, code = await ready(bank, bank.parties[0], bank.parties[2])
    before = await state_of(bank)
    body = dict(paying(bank, operation, code).body)
    cases: list[tuple[dict[str, object], str]] = [
        ({"amount": "0.00"}, "bad_amount"),
        ({"amount": "-100.00"}, "bad_amount"),
        ({"amount": "100.001"}, "bad_amount"),
        ({"amount": "1" + "0" * 20}, "bad_amount"),
        ({"amount": 100}, "invalid_field"),
        ({"currency": "XXX"}, "unknown_currency"),
        ({"code": "none"}, "bad_code"),
        ({"code": "0000-0000"}, "code_rejected"),
        ({"payee_account": operation.payer_account}, "operation_differs"),
        ({"operation_key": "op-001-00000000000000000000"}, "unknown_operation"),
        ({"price": "100.00"}, "unknown_field"),
    ]
    for wrong, expected in cases:
        answer = await bank.shop.post("/pay", json=body | wrong, headers={"Idempotency-Key": bank.key()})
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == expected, wrong
    assert await state_of(bank) == before
    assert await bank.violations() == []


@pytest.mark.source("bank client:59-60", "bank client:190-205")
async def test_without_the_money_nothing_is_paid_and_the_code_is_not_used_up(bank: RunningBank) -> None:
    payer, payee = await bank.new_client(1, "100.00"), bank.parties[1]
    operation, code = await ready(bank, payer, payee)
    held = await bank.held(payer, payee, Money(1, "RUB"))
    before = await state_of(bank)
    answer = await bank.client.send(paying(bank, operation, code))
    assert refused(answer) == "insufficient_funds"
    assert await state_of(bank) == before
    await bank.post(f"/accounts/{payer.number}/deposits", {"amount": "0.01", "currency": "RUB"})
    done(await bank.client.send(paying(bank, operation, code)))
    assert held.amount.amount == (await bank.balance(payer.number))[1]
    assert await bank.violations() == []


@pytest.mark.source("bank client:67-72", "bank client:73-74")
async def test_a_closed_account_on_either_side_pays_nothing(bank: RunningBank) -> None:
    for payer, payee, closed in (
        (bank.parties[0], bank.parties[2], bank.parties[2]),
        (bank.parties[1], bank.parties[3], bank.parties[1]),
    ):
        operation, code = await ready(bank, payer, payee)
        await bank.post(f"/accounts/{closed.number}/closure", {})
        before = await state_of(bank)
        answer = await bank.client.send(paying(bank, operation, code))
        assert refused(answer) == "account_closed"
        assert await state_of(bank) == before
    assert await bank.violations() == []


async def test_of_parallel_payments_of_one_operation_one_is_done(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    operation, code = await ready(bank, payer, payee)
    answers = await asyncio.gather(*(bank.client.send(paying(bank, operation, code)) for _ in range(4)))
    assert sum(isinstance(answer, Done) for answer in answers) == 1
    assert {answer.code for answer in answers if isinstance(answer, Refused)} <= {"operation_ended", "code_rejected"}
    assert await bank.balance(payee.number) == ((OPENING + AMOUNT).amount, "0.00")
    assert await bank.violations() == []


async def test_a_repeated_payment_gets_the_first_answer(bank: RunningBank) -> None:
    operation, code = await ready(bank, bank.parties[0], bank.parties[2])
    call = paying(bank, operation, code)
    first = done(await bank.client.send(call))
    assert done(await bank.client.send(call)) == first
    assert done(await bank.client.ask(call)) == first
    other = pay(
        call.key,
        operation.key,
        operation.payer_account,
        operation.payee_account,
        AMOUNT,
        "0000-0000",
        datetime.now(UTC),
    )
    assert await bank.client.send(other) == Unknown("HTTP 422 idempotency_key_reused")
    assert await bank.violations() == []


async def test_an_operation_of_another_marketplace_is_unknown(bank: RunningBank) -> None:
    operation, code = await ready(bank, bank.parties[0], bank.parties[2])
    secret = await create_api_key(bank.database, "another shop", ["payments"], pepper=bank.settings.pepper_bytes)
    stranger = BankClient(bank.url, secret)
    before = await state_of(bank)
    answer = await stranger.send(paying(bank, operation, code))
    await stranger.aclose()
    assert refused(answer) == "unknown_operation"
    assert await state_of(bank) == before
