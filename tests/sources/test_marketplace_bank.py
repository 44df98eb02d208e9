"""The text about the marketplace, its half about the bank: lines 109 to 185."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from domain.money import Money
from edge.wire import utc
from tests.bank.outbox import register
from tests.fixtures.bank import RunningBank
from tests.fixtures.receiver import Receiver
from tests.fixtures.viewer import viewer
from tests.sources.shop import OPENING, PRICE, balance, code_of, opened, paid, payment, post, refusal


async def test_a_marketplace_identifies_itself_and_names_the_buyers_account(bank: RunningBank) -> None:
    buyer = bank.parties[0]
    operation = (await opened(bank, buyer, bank.parties[2]))["key"]
    body = {"account": buyer.number, "amount": PRICE.amount, "currency": "RUB", "operation": operation}
    assert (await post(bank, "/funds-checks", body)).json() == {"sufficient": True}
    nobody = await bank.shop.post("/funds-checks", json=body, headers={"Authorization": ""})
    assert refusal(nobody) == (401, "no_api_key")


async def test_pressing_pay_does_nothing_until_the_banks_client_has_entered_the_code(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[1]
    operation = await opened(bank, payer, payee)
    after = bank.mailbox.last_id
    code = await code_of(bank, operation, payer)
    assert (await bank.mailbox.wait_for(to=payer.email, after=after)).subject
    assert (await balance(bank, payer), await balance(bank, payee)) == (OPENING, OPENING)
    assert (await post(bank, "/pay", payment(operation, code))).status_code == 200
    assert (await balance(bank, payer), await balance(bank, payee)) == (OPENING - PRICE, OPENING + PRICE)


async def test_the_mask_of_an_account_is_its_bank_and_ten_hex_digits(bank: RunningBank) -> None:
    numbers = [item["number"] for item in (await bank.get("/accounts", limit=1000))["items"]]
    assert all(int(number[:3]) in (1, 2, 3) and len(bytes.fromhex(number[3:])) == 5 for number in numbers)
    assert len(numbers) == len(set(numbers)) == 12


async def test_the_percent_of_two_banks_is_a_row_that_an_administrator_changes(bank: RunningBank) -> None:
    terms = {"percent": "4.25", "minimum": "0.00", "currency": "RUB"}
    assert (await bank.shop.put("/fees/1/2", json=terms)).status_code == 403
    assert (await bank.admin.put("/fees/1/2", json=terms)).status_code == 200
    [row] = [row for row in await bank.client.fees() if (row.payer_bank, row.payee_bank) == (1, 2)]
    assert row.rule.percent_bp == 425


async def test_a_balance_is_shown_only_to_callers_admitted_by_the_owner(bank: RunningBank) -> None:
    owner = bank.parties[0]
    path = f"/accounts/{owner.number}/balance"
    assert refusal(await bank.shop.get(path, headers={"Account-Token": "guessed"}))[0] == 403
    async with viewer(bank, "The Shop") as shop:
        assert refusal(await shop.balance(owner.number, "guessed")) == (403, "account_token_rejected")
        assert (await shop.balance(owner.number, await shop.token(owner))).json()["balance"] == OPENING.amount


async def test_within_a_bank_one_account_is_debited_and_the_other_credited(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[1]
    await paid(bank, payer, payee)
    assert (await balance(bank, payer), await balance(bank, payee)) == (OPENING - PRICE, OPENING + PRICE)


async def test_between_banks_the_percent_is_counted_first(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    operation = await opened(bank, payer, payee)
    assert operation["status"] == "created" and operation["fee"] != "0.00"
    assert await balance(bank, payer) == OPENING
    assert (await post(bank, "/pay", payment(operation, await code_of(bank, operation, payer)))).status_code == 200
    assert await balance(bank, payer) == OPENING - PRICE - Money(int(operation["fee"].replace(".", "")), "RUB")


async def test_a_payment_may_be_carried_out_in_the_background_and_reported_when_done(
    bank: RunningBank, receiver: Receiver
) -> None:
    await register(bank, receiver.url)
    payer, payee = bank.parties[0], bank.parties[1]
    operation = await opened(bank, payer, payee)
    body = payment(operation, await code_of(bank, operation, payer))
    await bank.behave(1, {"do": "accept", "steps": ["pay"]})
    assert (await post(bank, "/pay", body, "in-the-background")).status_code == 202
    [message] = await receiver.have(1)
    assert (message.data["status"], message.data["operation"]) == ("done", operation["key"])
    assert await balance(bank, payee) == OPENING + PRICE


async def test_every_debit_and_credit_is_on_record(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[1]
    key = (await paid(bank, payer, payee))["operation_key"]
    for party, amount in ((payer, f"-{PRICE.amount}"), (payee, PRICE.amount)):
        lines = (await bank.get(f"/accounts/{party.number}/statement"))["items"]
        [moved] = [line for line in lines if line["amount"] == amount]
        assert moved["balance_after"] == (await balance(bank, party)).amount
    listed = (await bank.shop.get("/operations", params={"reference": "deal/1"})).json()["items"]
    assert [(one["key"] == key, one["kind"]) for one in listed] == [(True, "debit"), (False, "credit")]


async def test_the_key_that_comes_with_the_answer_finds_the_operation_again(bank: RunningBank) -> None:
    key = (await paid(bank, bank.parties[0], bank.parties[1]))["operation_key"]
    assert (await bank.shop.get(f"/operations/{key}")).json()["amount"] == PRICE.amount


async def test_all_money_of_an_offer_goes_back_to_the_client_by_its_keys(bank: RunningBank) -> None:
    payers, payee = bank.parties[:2], bank.parties[2]
    keys = [(await paid(bank, payer, payee, deal="offer/1"))["operation_key"] for payer in payers]
    found = (await bank.shop.get("/operations", params={"reference": "offer/1"})).json()["items"]
    assert [one["key"] for one in found if one["kind"] == "debit"] == keys
    assert (await post(bank, "/refunds", {"operation_keys": keys, "fee": "returned"})).status_code == 201
    assert [await balance(bank, party) for party in (*payers, payee)] == [OPENING] * 3


async def test_a_further_sum_is_an_operation_of_its_own_and_never_added_to_an_earlier_key(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    first = await paid(bank, payer, payee, Money(1_000, "RUB"))
    second = await paid(bank, payer, payee, Money(2_000, "RUB"))
    assert first["operation_key"] != second["operation_key"]
    assert (await bank.shop.get(f"/operations/{first['operation_key']}")).json()["amount"] == "10.00"
    assert (await post(bank, "/refunds", {"reference": "deal/1", "fee": "returned"})).status_code == 201
    assert (await balance(bank, payer), await balance(bank, payee)) == (OPENING, OPENING)


async def test_a_recipient_who_has_spent_the_money_owes_it_to_the_guarantee_account(bank: RunningBank) -> None:
    payer, payee, friend = bank.parties[0], bank.parties[2], bank.parties[3]
    guarantee = (await bank.get(f"/banks/{payee.bank_id}"))["guarantee_account"]
    await bank.post(f"/accounts/{guarantee}/deposits", {"amount": PRICE.amount, "currency": "RUB"})
    key = (await paid(bank, payer, payee))["operation_key"]
    await paid(bank, payee, friend, OPENING + PRICE)
    assert (await post(bank, "/refunds", {"operation_keys": [key], "fee": "returned"})).status_code == 201
    assert await balance(bank, payer) == OPENING
    assert (await bank.get(f"/accounts/{payee.number}"))["debt"] == PRICE.amount
    assert await bank.violations() == []


async def test_there_are_ten_banks_of_a_hundred_clients_with_up_to_a_hundred_accounts_each(bank: RunningBank) -> None:
    world = await bank.post("/seeds", {"banks": 10, "clients": 100, "accounts_per_client": 1})
    assert (len(world["bank_ids"]), world["clients"], world["accounts"]) == (10, 1000, 1000)
    many = await bank.post("/seeds", {"banks": 1, "clients": 1, "accounts_per_client": 100})
    assert many["accounts"] == 100
    body = {"banks": 1, "clients": 1, "accounts_per_client": 101}
    answer = await bank.admin.post("/seeds", json=body, headers={"Idempotency-Key": bank.key()})
    assert refusal(answer) == (422, "invalid_field")


async def test_balance_can_be_added(bank: RunningBank) -> None:
    party = await bank.new_client(1, balance="0.00")
    for total in ("10.00", "20.00"):
        await bank.post(f"/accounts/{party.number}/deposits", {"amount": "10.00", "currency": "RUB"})
        assert await bank.balance(party.number) == (total, "0.00")


async def test_a_code_that_was_entered_in_the_last_second_counts_ten_minutes_later(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[1]
    operation = await opened(bank, payer, payee)
    code = await code_of(bank, operation, payer)
    in_time = datetime.now(UTC) - timedelta(minutes=10)
    async with bank.database.transaction() as session:
        moved = "created_at = created_at - interval '11 minutes', expires_at = expires_at - interval '11 minutes'"
        await session.execute(text(f"UPDATE codes SET {moved}"))
    late = await post(bank, "/pay", payment(operation, code))
    assert refusal(late) == (409, "code_rejected")
    counted = await post(bank, "/pay", payment(operation, code, submitted_at=utc(in_time)))
    assert counted.status_code == 200
    assert await balance(bank, payee) == OPENING + PRICE


async def test_the_operations_of_one_payment_are_found_by_their_reference(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    deals = ["deal/1", "deal/2", "deal/1", "deal/3", "deal/1"]
    keys = [(await paid(bank, payer, payee, Money(1_000, "RUB"), deal))["operation_key"] for deal in deals]
    answer = await post(bank, "/refunds", {"reference": "deal/1", "fee": "kept"})
    assert [item["source"] for item in answer.json()["items"]] == [keys[0], keys[2], keys[4]]
    assert await balance(bank, payee) == OPENING + Money(2_000, "RUB")


async def test_a_bank_has_a_name_and_a_requisite_that_no_other_bank_has(bank: RunningBank) -> None:
    made = await bank.post("/banks", {"name": "alfa", "requisite": "044525593"})
    assert [row.id for row in await bank.client.banks() if row.requisite == "044525593"] == [made["id"]]
    for body in ({"name": "alfa", "requisite": "044525594"}, {"name": "beta", "requisite": "044525593"}):
        answer = await bank.admin.post("/banks", json=body, headers={"Idempotency-Key": bank.key()})
        assert refusal(answer) == (409, "bank_exists")
