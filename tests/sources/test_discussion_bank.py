"""The discussion of the project, its half about the bank: lines 89 to 123."""

from __future__ import annotations

import httpx
from sqlalchemy import text

from tests.fixtures.bank import RunningBank
from tests.fixtures.viewer import viewer
from tests.sources.shop import OPENING, PRICE, balance, code_of, entered, opened, payment, post, refusal


async def test_the_bank_is_a_program_of_its_own_that_says_when_it_is_ready(bank: RunningBank) -> None:
    async with httpx.AsyncClient(base_url=bank.url, trust_env=False) as http:
        assert [(await http.get(path)).json() for path in ("/health", "/ready")] == [{"status": "ok"}] * 2


async def test_who_asks_and_in_what_form_is_checked_before_anything_is_done(bank: RunningBank) -> None:
    body = {"account": bank.parties[0].number, "amount": "ten", "currency": "RUB"}
    stranger = await bank.shop.post("/funds-checks", json=body, headers={"Authorization": "Bearer nobody"})
    assert refusal(stranger) == (401, "bad_api_key")
    assert refusal(await post(bank, "/funds-checks", body)) == (422, "bad_amount")


async def test_a_balance_is_shown_with_its_owners_consent(bank: RunningBank) -> None:
    owner = bank.parties[0]
    async with viewer(bank, "The Shop") as shop:
        assert (await shop.balance(owner.number, await shop.token(owner))).json()["balance"] == OPENING.amount


async def test_the_shop_asks_for_a_code_for_an_operation(bank: RunningBank) -> None:
    operation = await opened(bank, bank.parties[0], bank.parties[2])
    asked = await post(bank, f"/operations/{operation['key']}/codes", {})
    assert (asked.status_code, asked.json()["number"]) == (201, 1)


async def test_the_bank_makes_the_operation_with_its_key_and_the_code_for_its_user_and_mails_it(
    bank: RunningBank,
) -> None:
    payer = bank.parties[0]
    operation = await opened(bank, payer, bank.parties[2])
    assert (operation["status"], operation["payer_account"]) == ("created", payer.number)
    assert len(await code_of(bank, operation, payer)) == len("ABCD-EFGH")


async def test_the_right_code_is_answered_with_the_operations_key_and_nothing_is_taken_yet(bank: RunningBank) -> None:
    payer = bank.parties[0]
    operation = await opened(bank, payer, bank.parties[2])
    path = f"/operations/{operation['key']}/confirmation"
    answer = await post(bank, path, entered(await code_of(bank, operation, payer)))
    assert (answer.json()["key"], answer.json()["status"]) == (operation["key"], "confirmed")
    assert await bank.balance(payer.number) == (OPENING.amount, "0.00")


async def test_with_the_operations_key_the_payment_is_then_made(bank: RunningBank) -> None:
    payer = bank.parties[0]
    operation = await opened(bank, payer, bank.parties[1])
    path = f"/operations/{operation['key']}"
    assert refusal(await post(bank, f"{path}/debit", {})) == (409, "not_confirmed")
    await post(bank, f"{path}/confirmation", entered(await code_of(bank, operation, payer)))
    assert (await post(bank, f"{path}/debit", {})).json()["status"] == "pause"
    assert await bank.balance(payer.number) == (OPENING.amount, PRICE.amount)


async def test_the_code_is_kept_with_its_user_and_never_in_the_clear(bank: RunningBank) -> None:
    payer = bank.parties[0]
    operation = await opened(bank, payer, bank.parties[2])
    code = await code_of(bank, operation, payer)
    async with bank.database.transaction() as session:
        kept = "SELECT codes::text || messages::text FROM codes, code_messages messages WHERE code_id = codes.id"
        [row] = (await session.scalars(text(kept))).all()
        owner = "SELECT payer_account FROM operations JOIN codes ON operation_key = key"
        assert await session.scalar(text(owner)) == payer.number
    assert code.replace("-", "") not in row.replace("-", "")


async def test_a_code_is_made_on_request_and_mailed_to_the_user(bank: RunningBank) -> None:
    payer = bank.parties[0]
    operation = await opened(bank, payer, bank.parties[2])
    first, second = await code_of(bank, operation, payer), await code_of(bank, operation, payer)
    assert first != second


async def test_what_the_user_enters_is_compared(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[1]
    operation = await opened(bank, payer, payee)
    code = await code_of(bank, operation, payer)
    guessed = ("1" if code[0] != "1" else "2") + code[1:]
    assert refusal(await post(bank, "/pay", payment(operation, guessed))) == (409, "code_rejected")
    assert (await post(bank, "/pay", payment(operation, code.lower().replace("-", " ")))).status_code == 200


async def test_when_the_codes_match_the_operation_is_done_and_the_code_is_gone(bank: RunningBank) -> None:
    payer, payee = bank.parties[0], bank.parties[1]
    operation = await opened(bank, payer, payee)
    code = await code_of(bank, operation, payer)
    assert (await post(bank, "/pay", payment(operation, code))).status_code == 200
    assert await balance(bank, payee) == OPENING + PRICE
    async with bank.database.transaction() as session:
        assert (await session.scalars(text("SELECT sealed FROM code_messages"))).all() == [None]
    assert (await post(bank, "/pay", payment(operation, code))).status_code == 409
    assert await balance(bank, payee) == OPENING + PRICE
