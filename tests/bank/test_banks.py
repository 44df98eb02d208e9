"""Banks and their clients: what distinguishes them, and what each of them has."""

from __future__ import annotations

import pytest

from domain.money import Money
from tests.bank.paying import paid
from tests.fixtures.bank import RunningBank


@pytest.mark.source("bank client:105-110", "marketplace:175-185")
async def test_banks_have_an_id_a_name_and_a_requisite_of_their_own_and_keep_their_fees(bank: RunningBank) -> None:
    made = await bank.post("/banks", {"name": "sber", "requisite": "044525225"})
    assert (await bank.get(f"/banks/{made['id']}"))["name"] == "sber"
    assert [row.id for row in await bank.client.banks() if row.requisite == "044525225"] == [made["id"]]
    for body in ({"name": "sber", "requisite": "044525226"}, {"name": "alfa", "requisite": "044525225"}):
        answer = await bank.admin.post("/banks", json=body, headers={"Idempotency-Key": bank.key()})
        assert (answer.status_code, answer.json()["code"]) == (409, "bank_exists")
    payer, payee, amount = bank.parties[0], bank.parties[2], Money(200_000, "RUB")
    before, fee = (await bank.get("/banks/1"))["balance"], await bank.quote(payer, payee, amount)
    await paid(bank, payer, payee, amount)
    assert (before, (await bank.get("/banks/1"))["balance"]) == ("0.00", fee.amount)


@pytest.mark.source("bank client:111-115", "bank client:116-121")
async def test_a_client_has_accounts_at_several_banks_each_with_a_number_and_a_balance(bank: RunningBank) -> None:
    mike, jane = [
        await bank.post("/clients", {"name": name, "email": f"{name}@example.test"}) for name in ("mike", "jane")
    ]
    assert (mike["name"], jane["name"], jane["id"]) == ("mike", "jane", mike["id"] + 1)
    for bank_id, money in ((1, "10000.00"), (2, "25000.00")):
        opening = {"bank_id": bank_id, "client_id": mike["id"], "currency": "RUB"}
        number = (await bank.post("/accounts", opening))["number"]
        await bank.post(f"/accounts/{number}/deposits", {"amount": money, "currency": "RUB"})
        account = await bank.get(f"/accounts/{number}")
        assert (account["bank_id"], account["owner"]["name"], account["balance"]) == (bank_id, "mike", money)
