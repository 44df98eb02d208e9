"""Accounts: the mask, deposits, statements, closing."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from bank.client import void
from bank.service.rules.accounts import account_number, bank_of_account
from domain.money import Money
from edge.wire import MAX_INTEGER
from tests.fixtures.bank import RunningBank, done

AMOUNT = Money(10_000, "RUB")


@pytest.mark.source("bank client:11-14", "bank client:148-149", "marketplace:121-124")
async def test_an_account_number_is_the_bank_and_five_random_bytes(bank: RunningBank) -> None:
    numbers = {(await bank.new_client(2, "0.00")).number for _ in range(5)}
    assert len(numbers) == 5
    for number in numbers:
        assert re.fullmatch(r"002[0-9a-f]{10}", number)
        assert bank_of_account(number) == 2
    assert account_number(7, bytes.fromhex("a1b2c3d4e5")) == "007a1b2c3d4e5"
    for wrong in ("7a1b2c3d4e5", "007A1B2C3D4E5", "007a1b2c3d4e5f", "٠٠٧a1b2c3d4e5"):
        assert bank_of_account(wrong) is None


async def test_a_period_that_ends_before_it_begins_is_refused(bank: RunningBank) -> None:
    path = f"/accounts/{bank.parties[0].number}/statement"
    moments = ("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z")
    wrong = await bank.admin.get(path, params={"from": moments[0], "to": moments[1]})
    empty = await bank.admin.get(path, params={"from": moments[0], "to": moments[0]})
    assert (wrong.status_code, wrong.json()["code"], wrong.json()["field"]) == (422, "bad_period", "from")
    assert (empty.status_code, empty.json()["items"]) == (200, [])


@pytest.mark.source("marketplace:141-142")
async def test_a_statement_goes_from_the_opening_to_the_closing_balance(bank: RunningBank) -> None:
    payer = await bank.new_client(1, "500.00")
    first = await bank.held(payer, bank.parties[2], AMOUNT)
    done(await bank.client.send(void(bank.key(), first.key)))
    await bank.captured(payer, bank.parties[1], AMOUNT)
    whole = await bank.get(f"/accounts/{payer.number}/statement")
    assert (whole["opening_balance"], whole["closing_balance"]) == ("0.00", "400.00")
    amounts = [Money(round(float(item["amount"]) * 100), "RUB").minor for item in whole["items"]]
    assert sum(amounts) == 40_000
    pages, after = [], None
    while True:
        query = {"limit": 2} | ({} if after is None else {"after": int(after)})
        page = await bank.get(f"/accounts/{payer.number}/statement", **query)
        pages += page["items"]
        after = page["next"]
        if after is None:
            break
    assert pages == whole["items"]
    since = whole["items"][1]["at"]
    later = await bank.get(f"/accounts/{payer.number}/statement", **{"from": since})
    assert later["opening_balance"] == "500.00"
    assert later["items"] == whole["items"][1:]


@pytest.mark.source("bank client:146-147", "marketplace:165-166")
async def test_a_deposit_is_made_once_per_key(bank: RunningBank) -> None:
    number = bank.parties[0].number
    body = {"amount": "1.50", "currency": "RUB"}
    first = await bank.post(f"/accounts/{number}/deposits", body, key="deposit/1")
    assert await bank.post(f"/accounts/{number}/deposits", body, key="deposit/1") == first
    assert await bank.balance(number) == ("10001.50", "0.00")


async def test_an_account_with_a_hold_is_not_closed_and_a_closed_one_is_empty(bank: RunningBank) -> None:
    payer = bank.parties[0]
    held = await bank.held(payer, bank.parties[2], AMOUNT)
    assert await _refusal(bank, f"/accounts/{payer.number}/closure", {}) == (409, "account_has_holds")
    done(await bank.client.send(void(bank.key(), held.key)))
    closed = await bank.post(f"/accounts/{payer.number}/closure", {})
    assert closed["closed_at"] is not None
    assert closed["balance"] == "0.00"
    assert await _refusal(bank, f"/accounts/{payer.number}/closure", {}) == (409, "account_closed")
    body = {"amount": "1.00", "currency": "RUB"}
    assert await _refusal(bank, f"/accounts/{payer.number}/deposits", body) == (409, "account_closed")
    commission = (await bank.client.banks())[0].commission_account
    assert await _refusal(bank, f"/accounts/{commission}/closure", {}) == (409, "operator_account")
    assert await bank.violations() == []


@pytest.mark.source("bank client:53-58", "bank client:136-139")
async def test_wrong_input_is_refused_by_name_and_changes_nothing(bank: RunningBank) -> None:
    number = bank.parties[0].number
    path = f"/accounts/{number}/deposits"
    for amount in ("0", "0.00", "-1", "1.234", "1e3", "NaN", " 1", "1,5", "01", "٣", "1" * 30, "10000000000000.01"):
        assert await _refusal(bank, path, {"amount": amount, "currency": "RUB"}) == (422, "bad_amount"), amount
    assert await _refusal(bank, path, {"amount": 1.5, "currency": "RUB"}) == (422, "invalid_field")
    assert await _refusal(bank, path, {"amount": "1", "currency": "XXX"}) == (422, "unknown_currency")
    assert await _refusal(bank, path, {"amount": "1", "currency": "USD"}) == (409, "currency_mismatch")
    assert await _refusal(bank, path, {"amount": "1"}) == (422, "missing_field")
    assert await _refusal(bank, path, {"amount": "1", "currency": "RUB", "x": 1}) == (422, "unknown_field")
    unknown = {"amount": "1", "currency": "RUB"}
    assert await _refusal(bank, "/accounts/0010000000000/deposits", unknown) == (404, "unknown_account")
    assert await _refusal(bank, "/accounts", {"bank_id": 9, "client_id": 1, "currency": "RUB"}) == (404, "unknown_bank")
    nobody = {"bank_id": 1, "client_id": MAX_INTEGER, "currency": "RUB"}
    assert await _refusal(bank, "/accounts", nobody) == (404, "unknown_client")
    assert await bank.balance(number) == ("10000.00", "0.00")


async def test_a_client_needs_an_address_that_mail_can_be_sent_to(bank: RunningBank) -> None:
    for email in ("", "nobody", "a@b@c", "a b@example.test", "a@example.test\r\nBcc: x@example.test", "<a@b>"):
        assert await _refusal(bank, "/clients", {"name": "X", "email": email}) == (422, "invalid_field"), email
    for name in ("", "X\0", "X\nCode: 0000-0000", "x" * 201):
        assert await _refusal(bank, "/clients", {"name": name, "email": "a@b.test"}) == (422, "invalid_field")


async def _refusal(bank: RunningBank, path: str, body: Mapping[str, object]) -> tuple[int, str]:
    answer = await bank.admin.post(path, json=body, headers={"Idempotency-Key": bank.key()})
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]
