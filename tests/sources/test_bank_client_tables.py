"""The text about the bank client, lines 105 to 230: its tables, its helper functions, its three methods."""

from __future__ import annotations

from domain.money import Money
from tests.fixtures.bank import RunningBank
from tests.fixtures.viewer import viewer
from tests.sources.shop import OPENING, PRICE, balance, code_of, entered, opened, paid, payment, post, refusal


async def test_banks_have_an_id_a_name_and_a_balance_of_their_own(bank: RunningBank) -> None:
    made = await bank.post("/banks", {"name": "sber", "requisite": "044525225"})
    assert (await bank.get(f"/banks/{made['id']}"))["name"] == "sber"
    before = (await bank.get("/banks/1"))["balance"]
    fee = await bank.quote(bank.parties[0], bank.parties[2], PRICE)
    await paid(bank, bank.parties[0], bank.parties[2])
    assert (before, (await bank.get("/banks/1"))["balance"]) == ("0.00", fee.amount)


async def test_clients_have_an_id_and_a_name(bank: RunningBank) -> None:
    mike, jane = [
        await bank.post("/clients", {"name": name, "email": f"{name}@example.test"}) for name in ("mike", "jane")
    ]
    assert (mike["name"], jane["name"], jane["id"]) == ("mike", "jane", mike["id"] + 1)


async def test_a_client_has_accounts_at_several_banks_each_with_a_number_and_a_balance(bank: RunningBank) -> None:
    mike = await bank.post("/clients", {"name": "mike", "email": "mike@example.test"})
    for bank_id, money in ((1, "10000.00"), (2, "25000.00")):
        opening = {"bank_id": bank_id, "client_id": mike["id"], "currency": "RUB"}
        number = (await bank.post("/accounts", opening))["number"]
        await bank.post(f"/accounts/{number}/deposits", {"amount": money, "currency": "RUB"})
        account = await bank.get(f"/accounts/{number}")
        assert (account["bank_id"], account["owner"]["name"], account["balance"]) == (bank_id, "mike", money)


async def test_the_percent_depends_on_who_pays_whom_and_has_a_minimum(bank: RunningBank) -> None:
    for payer, payee, percent, minimum in ((1, 2, "5.00", "50.00"), (2, 1, "2.00", "100.00")):
        terms = {"percent": percent, "minimum": minimum, "currency": "RUB"}
        assert (await bank.admin.put(f"/fees/{payer}/{payee}", json=terms)).is_success
    there, back = bank.parties[0], bank.parties[2]
    assert await bank.quote(there, back, Money(200_000, "RUB")) == Money(10_000, "RUB")
    assert await bank.quote(back, there, Money(2_000_000, "RUB")) == Money(40_000, "RUB")
    assert await bank.quote(there, back, Money(100, "RUB")) == Money(5_000, "RUB")
    assert await bank.quote(back, there, Money(100, "RUB")) == Money(10_000, "RUB")


async def test_operations_have_the_statuses_pause_and_success(bank: RunningBank) -> None:
    payer = bank.parties[0]
    operation = await opened(bank, payer, bank.parties[2])
    path, code = f"/operations/{operation['key']}", await code_of(bank, operation, payer)
    assert (await post(bank, f"{path}/debit", entered(code))).json()["status"] == "pause"
    assert (await post(bank, f"{path}/capture", {})).json()["status"] == "success"


async def test_an_operation_has_key_amount_both_accounts_and_status(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    key = (await paid(bank, payer, payee, Money(20_000, "RUB")))["operation_key"]
    found = (await bank.shop.get(f"/operations/{key}")).json()
    facts = found["key"], found["amount"], found["payer_account"], found["payee_account"], found["status"]
    assert facts == (key, "200.00", payer.number, payee.number, "success")


async def test_to_valid_format_takes_only_the_form_that_is_documented(bank: RunningBank) -> None:
    body = {"account": bank.parties[0].number, "amount": "10.00", "currency": "RUB"}
    for wrong, code in (
        ({"amount": 10}, "invalid_field"),
        ({"amount": "10.001"}, "bad_amount"),
        ({"currency": "XXX"}, "unknown_currency"),
        ({"price": "10.00"}, "unknown_field"),
    ):
        assert refusal(await post(bank, "/funds-checks", body | wrong)) == (422, code)


async def test_enough_money_says_yes_or_no_to_the_kopeck(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[1]
    operation = (await opened(bank, payer, payee, OPENING))["key"]
    body = {"account": payer.number, "amount": OPENING.amount, "currency": "RUB", "operation": operation}
    assert (await post(bank, "/funds-checks", body)).json() == {"sufficient": True}
    await paid(bank, payer, payee, Money(1, "RUB"))
    assert (await post(bank, "/funds-checks", body)).json() == {"sufficient": False}


async def test_get_balance_returns_the_balance_of_a_client(bank: RunningBank) -> None:
    client = await bank.new_client(1, "350000.00")
    async with viewer(bank, "The Shop") as shop:
        assert (await shop.balance(client.number, await shop.token(client))).json()["balance"] == "350000.00"


async def test_get_money_takes_money_from_an_account(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[1]
    operation = await opened(bank, payer, payee)
    path, code = f"/operations/{operation['key']}", await code_of(bank, operation, payer)
    await post(bank, f"{path}/debit", entered(code))
    assert await bank.balance(payer.number) == (OPENING.amount, PRICE.amount)
    await post(bank, f"{path}/capture", {})
    assert await bank.balance(payer.number) == ((OPENING - PRICE).amount, "0.00")


async def test_add_money_puts_money_on_an_account(bank: RunningBank) -> None:
    party = bank.parties[0]
    await bank.post(f"/accounts/{party.number}/deposits", {"amount": "123.45", "currency": "RUB"})
    assert await balance(bank, party) == OPENING + Money(12_345, "RUB")


async def test_is_different_banks_is_read_from_the_account_numbers(bank: RunningBank) -> None:
    payer, neighbour, stranger = bank.parties[0], bank.parties[1], bank.parties[2]
    assert payer.number[:3] == neighbour.number[:3] != stranger.number[:3]
    assert (await opened(bank, payer, neighbour))["fee"] == "0.00"
    assert (await opened(bank, payer, stranger))["fee"] != "0.00"


async def test_count_percent_rounds_half_up_to_the_kopeck(bank: RunningBank) -> None:
    terms = {"percent": "1.50", "minimum": "0.00", "currency": "RUB"}
    assert (await bank.admin.put("/fees/1/2", json=terms)).is_success
    for minor, fee in ((10_000, 150), (10_033, 150), (10_034, 151)):
        assert await bank.quote(bank.parties[0], bank.parties[2], Money(minor, "RUB")) == Money(fee, "RUB")


async def test_the_method_balance_takes_a_key_and_a_number_and_answers_200_with_the_balance(bank: RunningBank) -> None:
    owner = await bank.new_client(2, "350000.00")
    async with viewer(bank, "The Shop") as shop:
        answer = await shop.balance(owner.number, await shop.token(owner))
    assert (answer.status_code, answer.json()["balance"]) == (200, "350000.00")


async def test_the_method_pay_takes_a_key_both_numbers_and_the_price(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[1]
    operation = await opened(bank, payer, payee)
    body = payment(operation, await code_of(bank, operation, payer))
    other_price = await post(bank, "/pay", body | {"amount": "1999.00"})
    assert other_price.status_code == 409
    assert (await post(bank, "/pay", body)).status_code == 200


async def test_the_method_pay_checks_counts_the_percent_and_moves_the_money_in_one_transaction(
    bank: RunningBank,
) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    fee = await bank.quote(payer, payee, PRICE)
    answer = await paid(bank, payer, payee)
    assert (answer["debit"]["fee"], answer["credit"]["amount"]) == (fee.amount, PRICE.amount)
    assert (await balance(bank, payer), await balance(bank, payee)) == (OPENING - PRICE - fee, OPENING + PRICE)
    assert await bank.violations() == []


async def test_the_method_pay_answers_200_with_the_operations_key(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    operation = await opened(bank, payer, payee)
    answer = await post(bank, "/pay", payment(operation, await code_of(bank, operation, payer)))
    assert (answer.status_code, answer.json()["operation_key"]) == (200, operation["key"])


async def test_the_method_refund_takes_the_keys_of_operations(bank: RunningBank) -> None:
    key = (await paid(bank, bank.parties[0], bank.parties[2]))["operation_key"]
    unknown = await post(bank, "/refunds", {"operation_keys": [key, f"{key[:-4]}0000"], "fee": "returned"})
    assert refusal(unknown) == (404, "unknown_operation")
    assert await balance(bank, bank.parties[2]) == OPENING + PRICE, "all of a call or nothing"
    assert (await post(bank, "/refunds", {"operation_keys": [key], "fee": "returned"})).status_code == 201


async def test_the_method_refund_returns_each_sum_at_most_once(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    body = {"operation_keys": [(await paid(bank, payer, payee))["operation_key"]], "fee": "returned"}
    first, second = await post(bank, "/refunds", body), await post(bank, "/refunds", body)
    assert (first.status_code, second.status_code) == (201, 409)
    assert (await balance(bank, payer), await balance(bank, payee)) == (OPENING, OPENING)


async def test_the_method_refund_answers_with_a_success(bank: RunningBank) -> None:
    key = (await paid(bank, bank.parties[0], bank.parties[1]))["operation_key"]
    answer = await post(bank, "/refunds", {"operation_keys": [key], "fee": "returned"})
    assert answer.is_success
    assert [item["amount"] for item in answer.json()["items"]] == [PRICE.amount]
