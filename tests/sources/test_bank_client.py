"""The text about the bank client, lines 1 to 103: authentication, account, balance, payment, refund."""

from __future__ import annotations

import re

import httpx

from devstack.mailbox import Mailbox
from domain.money import Money
from tests.fixtures.bank import RunningBank, migrate_and_seed, read_code, running_bank
from tests.fixtures.databases import Databases
from tests.fixtures.sms import TOKEN, sms_gateway
from tests.fixtures.viewer import viewer
from tests.sources.shop import OPENING, PRICE, balance, code_of, opened, paid, payment, post, refusal

STRANGER = {"Authorization": "Bearer hf_bank_nobody"}


async def test_the_first_request_carries_an_api_key_and_the_buyers_account(bank: RunningBank) -> None:
    buyer = bank.parties[0]
    operation = (await opened(bank, buyer, bank.parties[2]))["key"]
    body = {"account": buyer.number, "amount": PRICE.amount, "currency": "RUB", "operation": operation}
    assert (await post(bank, "/funds-checks", body)).json() == {"sufficient": True}
    stranger = await bank.shop.post("/funds-checks", json=body, headers=STRANGER)
    assert refusal(stranger) == (401, "bad_api_key")
    assert refusal(await post(bank, "/funds-checks", {"amount": "1.00", "currency": "RUB"})) == (422, "missing_field")


async def test_without_the_client_of_the_bank_himself_nothing_is_paid(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    operation = await opened(bank, payer, payee)
    right = await code_of(bank, operation, payer)
    guessed = ("1" if right[0] != "1" else "2") + right[1:]
    assert refusal(await post(bank, "/pay", payment(operation, guessed))) == (409, "code_rejected")
    assert (await balance(bank, payer), await balance(bank, payee)) == (OPENING, OPENING)


async def test_the_bank_finds_the_owner_by_the_account_and_mails_them_the_code(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    operation = await opened(bank, payer, payee)
    after = bank.mailbox.last_id
    await post(bank, f"/operations/{operation['key']}/codes", {})
    mail = await bank.mailbox.wait_for(to=payer.email, after=after)
    assert payer.name in mail.text and str(PRICE) in mail.text and payee.number in mail.text


async def test_the_code_preferably_goes_to_the_owners_phone(databases: Databases, mailbox: Mailbox) -> None:
    async with (
        sms_gateway() as gateway,
        databases.fresh("seeded_bank", migrate_and_seed) as database,
        running_bank(database, mailbox, sms_url=gateway.url, sms_token=TOKEN) as bank,
    ):
        owner = await bank.post("/clients", {"name": "Mike", "email": "mike@phone.test", "phone": "+79161234567"})
        opening = {"bank_id": 1, "client_id": owner["id"], "currency": "RUB"}
        account = (await bank.post("/accounts", opening))["number"]
        await bank.post(f"/accounts/{account}/deposits", {"amount": "5000.00", "currency": "RUB"})
        names = {"payer_account": account, "payee_account": bank.parties[0].number, "expected_fee": "0.00"}
        body = {**names, "amount": PRICE.amount, "currency": "RUB", "reference": "deal/1"}
        operation = (await post(bank, "/operations", body)).json()
        await post(bank, f"/operations/{operation['key']}/codes", {})
        [message] = await gateway.requests(1)
        assert message.message["to"] == "+79161234567"
        code = read_code(message.message["text"])
        assert (await post(bank, "/pay", payment(operation, code))).status_code == 200


async def test_the_right_code_carries_the_operation_out(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[1]
    operation = await opened(bank, payer, payee)
    code = await code_of(bank, operation, payer)
    assert await balance(bank, payee) == OPENING
    assert (await post(bank, "/pay", payment(operation, code))).status_code == 200
    assert (await balance(bank, payer), await balance(bank, payee)) == (OPENING - PRICE, OPENING + PRICE)


async def test_an_account_number_is_the_banks_id_and_five_random_bytes(bank: RunningBank) -> None:
    numbers = [(await bank.new_client(bank_id, balance="0.00")).number for bank_id in (1, 2, 3) for _ in range(8)]
    assert len(set(numbers)) == 24
    assert all(re.fullmatch(r"00[123][0-9a-f]{10}", number) for number in numbers)
    assert {number[:3] for number in numbers} == {"001", "002", "003"}


async def test_a_balance_is_asked_for_with_an_api_key_and_an_account_number(bank: RunningBank) -> None:
    owner, other = bank.parties[0], bank.parties[1]
    async with viewer(bank, "The Shop") as shop:
        token = await shop.token(owner)
        assert (await shop.balance(owner.number, token)).status_code == 200
        assert refusal(await shop.balance(other.number, token)) == (403, "account_token_rejected")
    anonymous = httpx.AsyncClient(base_url=bank.shop.base_url)
    async with anonymous:
        answer = await anonymous.get(f"/accounts/{owner.number}/balance", headers={"Account-Token": token})
    assert refusal(answer) == (401, "no_api_key")


async def test_the_balance_shown_is_the_accounts(bank: RunningBank) -> None:
    owner = bank.parties[0]
    async with viewer(bank, "The Shop") as shop:
        token = await shop.token(owner)
        await bank.post(f"/accounts/{owner.number}/deposits", {"amount": "5.55", "currency": "RUB"})
        assert (await shop.balance(owner.number, token)).json()["balance"] == "10005.55"


async def test_a_balance_comes_with_a_status_and_as_json(bank: RunningBank) -> None:
    async with viewer(bank, "The Shop") as shop:
        answer = await shop.balance(bank.parties[0].number, await shop.token(bank.parties[0]))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json()["balance"] == OPENING.amount


async def test_a_payment_names_both_accounts_and_the_price_under_an_api_key(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    operation = await opened(bank, payer, payee)
    body = payment(operation, await code_of(bank, operation, payer))
    for name in ("payer_account", "payee_account", "amount"):
        answer = await post(bank, "/pay", {field: value for field, value in body.items() if field != name})
        assert (*refusal(answer), answer.json()["field"]) == (422, "missing_field", name)
    stranger = await bank.shop.post("/pay", json=body, headers={**STRANGER, "Idempotency-Key": bank.key()})
    assert refusal(stranger) == (401, "bad_api_key")
    assert (await post(bank, "/pay", body)).status_code == 200


async def test_the_form_is_checked_before_the_balance(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    body = {"payer_account": payer.number, "payee_account": payee.number, "expected_fee": "0.00", "reference": "d"}
    for amount in ("1e9", "999999.999", "-1.00", "0.00", "2 000"):
        answer = await post(bank, "/operations", {**body, "amount": amount, "currency": "RUB"})
        assert refusal(answer) == (422, "bad_amount")


async def test_a_payer_without_enough_money_sees_that(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[1]
    too_much = (OPENING + Money(1, "RUB")).amount
    body = {"payer_account": payer.number, "payee_account": payee.number, "amount": too_much, "currency": "RUB"}
    answer = await post(bank, "/operations", {**body, "expected_fee": "0.00", "reference": "deal/1"})
    assert refusal(answer) == (409, "insufficient_funds")
    assert await balance(bank, payer) == OPENING


async def test_between_different_banks_a_percent_is_charged(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    fee = await bank.quote(payer, payee, PRICE)
    await paid(bank, payer, payee)
    assert fee.minor > 0
    assert (await balance(bank, payer), await balance(bank, payee)) == (OPENING - PRICE - fee, OPENING + PRICE)


async def test_within_one_bank_no_percent_is_charged(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[1]
    answer = await paid(bank, payer, payee)
    assert answer["debit"]["fee"] == "0.00"
    assert (await balance(bank, payer), await balance(bank, payee)) == (OPENING - PRICE, OPENING + PRICE)


async def test_debit_and_credit_are_one_transaction_both_or_none(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    operation = await opened(bank, payer, payee)
    code = await code_of(bank, operation, payer)
    await bank.post(f"/accounts/{payee.number}/closure", {})
    assert (await post(bank, "/pay", payment(operation, code))).status_code == 409
    assert await balance(bank, payer) == OPENING
    assert await bank.violations() == []


async def test_a_failed_transaction_is_reported_with_its_reason(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    operation = await opened(bank, payer, payee)
    code = await code_of(bank, operation, payer)
    await bank.post(f"/accounts/{payer.number}/closure", {})
    answer = await post(bank, "/pay", payment(operation, code))
    assert refusal(answer) == (409, "account_closed")
    assert answer.headers["content-type"] == "application/problem+json" and answer.json()["detail"]


async def test_a_transaction_that_went_through_is_answered_with_a_status_and_the_operations_key(
    bank: RunningBank,
) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    operation = await opened(bank, payer, payee)
    answer = await post(bank, "/pay", payment(operation, await code_of(bank, operation, payer)))
    assert (answer.status_code, answer.json()["operation_key"]) == (200, operation["key"])


async def test_on_a_refund_the_percent_goes_back_or_stays_as_the_shop_says(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    fee = await bank.quote(payer, payee, PRICE)
    for policy, lost in (("returned", Money(0, "RUB")), ("kept", fee)):
        before = await balance(bank, payer)
        key = (await paid(bank, payer, payee))["operation_key"]
        assert (await post(bank, "/refunds", {"operation_keys": [key], "fee": policy})).status_code == 201
        assert await balance(bank, payer) == before - lost
    assert await bank.violations() == []


async def test_a_refund_takes_an_api_key_and_the_keys_of_operations(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    body = {"operation_keys": [(await paid(bank, payer, payee))["operation_key"]], "fee": "returned"}
    stranger = await bank.shop.post("/refunds", json=body, headers={**STRANGER, "Idempotency-Key": bank.key()})
    assert refusal(stranger) == (401, "bad_api_key")
    assert refusal(await post(bank, "/refunds", {"fee": "returned"})) == (422, "missing_field")
    assert await balance(bank, payee) == OPENING + PRICE
    assert (await post(bank, "/refunds", body)).status_code == 201
    assert await balance(bank, payee) == OPENING


async def test_after_each_payment_the_bank_sends_a_key_of_its_own(bank: RunningBank) -> None:
    answers = [await paid(bank, bank.parties[0], bank.parties[2], Money(1_000, "RUB")) for _ in range(3)]
    assert len({answer["operation_key"] for answer in answers}) == 3


async def test_the_shop_binds_each_key_to_its_offer(bank: RunningBank) -> None:
    keys = [
        (await paid(bank, bank.parties[0], bank.parties[2], Money(1_000, "RUB"), deal))["operation_key"]
        for deal in ("offer/1", "offer/2")
    ]
    found = (await bank.shop.get("/operations", params={"reference": "offer/1"})).json()["items"]
    assert [one["key"] for one in found if one["kind"] == "debit"] == keys[:1]


async def test_all_keys_of_an_offer_together_bring_all_its_money_back(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[2]
    keys = [(await paid(bank, payer, payee, Money(minor, "RUB")))["operation_key"] for minor in (1_000, 2_500, 777)]
    assert await balance(bank, payer) < OPENING
    answer = await post(bank, "/refunds", {"operation_keys": keys, "fee": "returned"})
    assert [item["source"] for item in answer.json()["items"]] == keys
    assert (await balance(bank, payer), await balance(bank, payee)) == (OPENING, OPENING)
    assert await bank.violations() == []


async def test_a_refund_is_answered_with_a_status(bank: RunningBank) -> None:
    key = (await paid(bank, bank.parties[0], bank.parties[2]))["operation_key"]
    body = {"operation_keys": [key], "fee": "returned"}
    assert (await post(bank, "/refunds", body)).status_code == 201
    assert (await post(bank, "/refunds", body)).status_code == 409
