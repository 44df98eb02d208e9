"""Refunds that are refused: the reason by its code, and nothing has changed."""

from __future__ import annotations

from typing import Any

import pytest

from bank.client import BankClient, Refused, refund
from bank.service.requests.keys import create_api_key
from domain.money import Money
from tests.bank.paying import paid, state_of
from tests.fixtures.bank import RunningBank, done

AMOUNT = Money(10_000, "RUB")


async def refused(bank: RunningBank, *keys: str, amount: Money | None = None, client: BankClient | None = None) -> str:
    """The code of the refusal; nothing has changed by it."""
    before = await state_of(bank)
    call = refund(bank.key("refund"), keys, amount=amount, fee="returned")
    answer = await (client or bank.client).send(call)
    assert isinstance(answer, Refused), answer
    assert await state_of(bank) == before
    return answer.code


async def posted(bank: RunningBank, body: dict[str, Any], key: str | None = None) -> tuple[int, str, str | None]:
    """Status, code and field of the problem that answers a refund request."""
    headers = {"Idempotency-Key": key or bank.key("raw")}
    answer = await bank.shop.post("/refunds", json=body, headers=headers)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    return answer.status_code, problem["code"], problem.get("field")


@pytest.mark.source("bank client:222-227")
async def test_more_than_is_left_is_refused(bank: RunningBank) -> None:
    key = await paid(bank, bank.parties[0], bank.parties[2], AMOUNT)
    assert await refused(bank, key, amount=AMOUNT + Money(1, "RUB")) == "exceeds_refundable"
    done(await bank.client.send(refund(bank.key(), [key], amount=Money(9_999, "RUB"), fee="returned")))
    assert await refused(bank, key, amount=Money(2, "RUB")) == "exceeds_refundable"
    done(await bank.client.send(refund(bank.key(), [key], fee="returned")))
    assert await refused(bank, key) == "exceeds_refundable"
    assert await bank.violations() == []


async def test_a_refund_of_a_refund_or_of_a_credit_is_refused(bank: RunningBank) -> None:
    key = await paid(bank, bank.parties[0], bank.parties[2], AMOUNT)
    [one] = done(await bank.client.send(refund(bank.key(), [key], amount=Money(1, "RUB"), fee="returned")))
    paid_out = next(row for row in done(await bank.client.operations("deal/1")) if row.kind == "credit")
    assert await refused(bank, one.operation.key) == "not_refundable"
    assert await refused(bank, paid_out.key) == "not_refundable"
    assert await refused(bank, key, one.operation.key) == "not_refundable"


@pytest.mark.source("bank client:214-221")
async def test_one_that_cannot_be_refunded_stops_all_of_the_call(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    fine = await paid(bank, payer, payee, AMOUNT)
    opened = await bank.open(payer, payee, AMOUNT)
    ended = await bank.held(payer, payee, AMOUNT)
    done(await bank.client.send(refund(bank.key(), [ended.key], fee="returned")))
    assert await refused(bank, fine, opened.key) == "not_held"
    assert await refused(bank, fine, ended.key) == "operation_ended"
    assert await refused(bank, fine, "op-001-00000000000000000000") == "unknown_operation"


async def test_a_part_of_a_hold_is_refused(bank: RunningBank) -> None:
    held = await bank.held(bank.parties[0], bank.parties[2], AMOUNT)
    key = await paid(bank, bank.parties[0], bank.parties[2], AMOUNT)
    assert await refused(bank, held.key, amount=Money(9_999, "RUB")) == "operation_held"
    assert await refused(bank, key, held.key, amount=AMOUNT + Money(1, "RUB")) == "operation_held"
    done(await bank.client.send(refund(bank.key(), [held.key, key], amount=AMOUNT + AMOUNT, fee="returned")))
    assert await bank.violations() == []


async def test_operations_of_another_marketplace_are_unknown(bank: RunningBank) -> None:
    key = await paid(bank, bank.parties[0], bank.parties[2], AMOUNT)
    secret = await create_api_key(bank.database, "another shop", ["payments"], pepper=bank.settings.pepper_bytes)
    stranger = BankClient(bank.url, secret)
    assert await refused(bank, key, client=stranger) == "unknown_operation"
    answer = await stranger.send(refund(bank.key(), reference="deal/1", fee="returned"))
    assert isinstance(answer, Refused)
    assert answer.code == "unknown_operation"
    await stranger.aclose()


@pytest.mark.source("bank client:87-92")
async def test_bad_input_is_a_problem_that_names_the_field(bank: RunningBank) -> None:
    key = await paid(bank, bank.parties[0], bank.parties[2], AMOUNT)
    before = await state_of(bank)
    whole = {"operation_keys": [key], "fee": "returned"}
    rubles = {"currency": "RUB"}
    assert await posted(bank, {"fee": "returned"}) == (422, "missing_field", "operation_keys")
    assert await posted(bank, whole | {"reference": "deal/1"}) == (422, "invalid_field", "reference")
    assert await posted(bank, {"operation_keys": [key]}) == (422, "missing_field", "fee")
    assert (await posted(bank, whole | {"fee": "half"}))[:2] == (422, "invalid_field")
    assert (await posted(bank, whole | {"operation_keys": []}))[:2] == (422, "invalid_field")
    assert (await posted(bank, whole | {"operation_keys": [key, key]}))[:2] == (422, "invalid_field")
    assert (await posted(bank, whole | {"operation_keys": [f"op-{n}" for n in range(101)]}))[:2] == (
        422,
        "invalid_field",
    )
    assert await posted(bank, whole | {"amount": "1.00"}) == (422, "missing_field", "currency")
    assert await posted(bank, whole | rubles) == (422, "missing_field", "amount")
    for amount in ("0", "0.00", "-1.00", "1.001", "1e2", "NaN", "100000000000000000.00", "", " 1.00"):
        assert await posted(bank, whole | rubles | {"amount": amount}) == (422, "bad_amount", "amount"), amount
    assert (await posted(bank, whole | rubles | {"amount": 1.5}))[:2] == (422, "invalid_field")
    assert (await posted(bank, whole | {"amount": "1.00", "currency": "XXX"}))[:2] == (422, "unknown_currency")
    assert await posted(bank, whole | {"amount": "1.00", "currency": "USD"}) == (409, "currency_mismatch", "currency")
    assert await posted(bank, whole | {"everything": True}) == (422, "unknown_field", "everything")
    assert await state_of(bank) == before
