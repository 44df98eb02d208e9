"""Fees between banks: a percent with a minimum, rounded half up once, shown before and charged as shown."""

from __future__ import annotations

import pytest

from bank.service.rules.fees import parse_fee, parse_percent, percent_text
from domain.errors import Malformed
from domain.money import Money
from tests.fixtures.bank import RunningBank


@pytest.mark.source("bank client:122-126", "bank client:150-151")
async def test_a_fee_is_a_percent_but_at_least_the_minimum(bank: RunningBank) -> None:
    cases = [
        ("1.50", "0.00", "100.00", "1.50"),
        ("1.50", "50.00", "100.00", "50.00"),
        ("1.50", "0", "0.33", "0.00"),  # 0.495 kopecks
        ("1.50", "0", "0.34", "0.01"),  # 0.51 kopecks
        ("0.50", "0", "1.00", "0.01"),  # exactly half a kopeck goes up
        ("5", "50", "1000.00", "50.00"),
        ("5", "50", "1000.10", "50.01"),  # 50.005
        ("100", "0", "1.00", "1.00"),
        ("0", "0", "1.00", "0.00"),
    ]
    for percent, minimum, amount, fee in cases:
        body = {"percent": percent, "minimum": minimum, "currency": "RUB"}
        assert (await bank.admin.put("/fees/1/2", json=body)).is_success
        quote = await bank.get("/fees/quote", payer_bank=1, payee_bank=2, amount=amount, currency="RUB")
        assert quote["fee"] == fee, (percent, minimum, amount)


@pytest.mark.source("marketplace:125-128")
async def test_the_table_is_read_as_it_was_set(bank: RunningBank) -> None:
    await bank.admin.put("/fees/1/2", json={"percent": "2.25", "minimum": "15.00", "currency": "RUB"})
    await bank.admin.put("/fees/1/2", json={"percent": "3", "minimum": "0", "currency": "USD"})
    rows = {(row.payer_bank, row.payee_bank, row.currency): row.rule for row in await bank.client.fees()}
    assert (rows[1, 2, "RUB"].percent_bp, rows[1, 2, "RUB"].minimum_minor) == (225, 1_500)
    assert (rows[1, 2, "USD"].percent_bp, rows[1, 2, "USD"].minimum_minor) == (300, 0)
    assert len(rows) == 7  # six ordered pairs of three banks, and the dollars


async def test_a_later_change_leaves_an_opened_operation_as_it_was_shown(bank: RunningBank) -> None:
    operation = await bank.open(bank.parties[0], bank.parties[2], Money(10_000, "RUB"))
    await bank.admin.put("/fees/1/2", json={"percent": "50", "minimum": "0", "currency": "RUB"})
    code = await bank.code(operation)
    assert code
    shown = await bank.client.operation(operation.key)
    assert getattr(shown, "value", None) == operation


async def test_wrong_fees_are_refused_by_name(bank: RunningBank) -> None:
    async def refusal(path: str, **changed: object) -> tuple[int, str]:
        body = {"percent": "1", "minimum": "0", "currency": "RUB"} | changed
        answer = await bank.admin.put(path, json=body)
        return answer.status_code, answer.json()["code"]

    assert await refusal("/fees/1/1") == (409, "same_bank")
    assert await refusal("/fees/1/9") == (404, "unknown_bank")
    assert await refusal("/fees/0/1") == (422, "invalid_field")
    assert await refusal("/fees/1/2", percent="100.01") == (422, "bad_percent")
    assert await refusal("/fees/1/2", percent="-1") == (422, "bad_percent")
    assert await refusal("/fees/1/2", percent=1.5) == (422, "invalid_field")
    assert await refusal("/fees/1/2", minimum="-1") == (422, "bad_amount")
    assert await refusal("/fees/1/2", currency="rub") == (422, "unknown_currency")


def test_percents_are_read_and_written_exactly() -> None:
    for text, basis_points in (("0", 0), ("0.01", 1), ("1.5", 150), ("99.99", 9999), ("100", 10_000)):
        assert parse_percent(text, "percent") == basis_points
        assert parse_percent(percent_text(basis_points), "percent") == basis_points
    for text in ("", "1.", ".5", "1.234", "+1", "1e1", "١"):
        with pytest.raises(Malformed):
            parse_percent(text, "percent")
    assert parse_fee("0", "RUB", "fee") == parse_fee("0.00", "RUB", "fee") == Money(0, "RUB")
