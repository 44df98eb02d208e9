"""A client confirms on the pages that they own an account; errors in a number are described exactly."""

from __future__ import annotations

import asyncio

import pytest

from tests.fixtures.bank import read_code
from tests.fixtures.cabinet import Cabinet, Person, cabinet

__all__ = ["cabinet"]

IMPATIENT_S = 3.0  # for an answer that never comes


async def _code(cabinet: Cabinet, email: str, after: int) -> str:
    return read_code((await cabinet.market.mailbox.wait_for(to=email, after=after)).text)


async def _names(person: Person, bank: int, number: str, action: str = "/my/accounts") -> str:
    await person.read(action if action == "/my/accounts" else action.removesuffix("/account"))
    return await person.send(action, bank=str(bank), number=number, currency="RUB")


@pytest.mark.source("marketplace:37-42", "marketplace:45-48", "marketplace:186-192", "discussion:11-12")
async def test_an_account_is_confirmed_by_the_code_of_its_bank_and_chosen_for_payouts_then(cabinet: Cabinet) -> None:
    owner = await cabinet.client("Olga Owner", 1)
    at_bank_2 = await cabinet.market.bank.new_client(2)
    typed = f"{at_bank_2.number[:3]} {at_bank_2.number[3:7]} {at_bank_2.number[7:]}".upper()
    await _names(owner, 2, typed)
    confirmation = owner.at
    assert confirmation.endswith("/confirmation") and "Is this account yours?" in owner.words
    said = await owner.read("/my/accounts")
    assert "Not confirmed yet" in said and f"Use for payouts {at_bank_2.number}" not in said

    after = cabinet.market.mailbox.last_id
    await owner.read(confirmation)
    said = await owner.send(confirmation.replace("/confirmation", "/code"))
    assert "The bank has sent a code." in said
    said = await owner.send(confirmation, code="AAAA-AAAA")
    assert "The code is wrong, too old, or was tried too often." in said
    said = await owner.send(confirmation, code=(await _code(cabinet, at_bank_2.email, after)).lower())
    assert owner.at == "/my/accounts" and "Not confirmed yet" not in said
    assert f"Use for payouts {at_bank_2.number}" in said


async def test_a_form_sent_twice_is_one_try_and_another_code_in_the_same_form_is_another(cabinet: Cabinet) -> None:
    owner = await cabinet.client("Olga Twice", 1)
    at_bank_2 = await cabinet.market.bank.new_client(2)
    number = at_bank_2.number
    await _names(owner, 2, number)
    page, after = owner.at, cabinet.market.mailbox.last_id
    asking = owner.form(page.replace("/confirmation", "/code"))
    await asyncio.gather(*(owner.http.post(asking.url, data=asking.fields) for _ in range(3)))
    code = await _code(cabinet, at_bank_2.email, after)
    await owner.read(page)
    form = owner.form(page)
    for wrong in ("AAAA-AAAA", "BBBB-BBBB"):
        sent = form.fields | {"code": wrong}
        replies = await asyncio.gather(*(owner.http.post(form.url, data=sent) for _ in range(3)))
        assert any("The code is wrong" in reply.text for reply in replies)
        assert not any("is not answering" in reply.text for reply in replies)
    [(tries,)] = await cabinet.rows("SELECT count(*) FROM wrong_codes WHERE account = :number", number=number)
    assert tries == 2
    right = form.fields | {"code": code}
    replies = await asyncio.gather(*(owner.http.post(form.url, data=right) for _ in range(3)))
    assert "/my/accounts" in {reply.url.path for reply in replies}
    [(tries,)] = await cabinet.rows("SELECT count(*) FROM wrong_codes WHERE account = :number", number=number)
    assert tries == 3
    assert len(cabinet.market.mailbox.mails(to=at_bank_2.email, after=after)) == 1


@pytest.mark.source("marketplace:193-198")
async def test_the_page_says_what_is_wrong_with_a_number_in_russian_too(cabinet: Cabinet) -> None:
    client = await cabinet.client("Nina", 1)
    said = await _names(client, 2, client.number)
    assert "This number does not belong to the bank that you chose." in said
    said = await _names(client, 1, "001fffffffffe")
    assert "The bank has no such account. Please compare the number with your bank's." in said
    await client.read("/language/ru?back=/my/accounts")
    assert "Этот номер не из выбранного банка." in await _names(client, 2, client.number)
    assert "В банке нет такого счёта." in await _names(client, 1, "001fffffffffe")
    # A stranger's account can be named; the code goes to its owner, and nothing can be done without it.
    stranger = await cabinet.market.bank.new_client(1)
    await _names(client, 1, stranger.number)
    assert "Ещё не подтверждён" in await client.read("/my/accounts")


@pytest.mark.source("discussion:27-28")
async def test_in_a_checkout_a_new_account_is_confirmed_and_then_pays(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    deal = await buyer.buy(await cabinet.on_sale(seller))
    new = await cabinet.market.bank.new_client(3, "5000.00")
    checkout = f"/deals/{deal}/payment"
    await _names(buyer, 3, new.number, f"{checkout}/account")
    confirmation = buyer.at
    assert confirmation.startswith(f"{checkout}/accounts/")
    said = await buyer.read(checkout)
    assert "once you have confirmed them" in said and buyer.form(f"{checkout}/review").options["account"] != []
    account = confirmation.split("/")[-2]
    assert account not in buyer.form(f"{checkout}/review").options["account"]

    after = cabinet.market.mailbox.last_id
    await buyer.read(confirmation)
    await buyer.send(confirmation.replace("/confirmation", "/code"))
    await buyer.send(confirmation, code=await _code(cabinet, new.email, after))
    assert buyer.at == checkout
    assert account in buyer.form(f"{checkout}/review").options["account"]


async def test_a_code_whose_answer_was_lost_is_sent_again_and_is_the_same_try(
    cabinet: Cabinet, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await cabinet.client("Olga Again", 1)
    at_bank_2 = await cabinet.market.bank.new_client(2)
    await _names(owner, 2, at_bank_2.number)
    page, after = owner.at, cabinet.market.mailbox.last_id
    await owner.send(page.replace("/confirmation", "/code"))
    code = await _code(cabinet, at_bank_2.email, after)
    await cabinet.market.bank.behave(2, {"do": "lose", "steps": ["ownership"], "times": 1})
    try:
        with monkeypatch.context() as impatient:
            impatient.setattr(cabinet.served.services.banks.first, "_timeout_s", IMPATIENT_S)
            said = await owner.send(page, code=code)
        assert "The bank is not answering just now." in said
        assert owner.form(page).fields["code"] == code
        await owner.send(page)
    finally:
        await cabinet.market.bank.behave(2)
    assert owner.at == "/my/accounts" and "Not confirmed yet" not in owner.words
