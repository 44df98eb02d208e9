"""What a form that is refused says: all that is wrong at once, each with its rule, and what was typed stays."""

from __future__ import annotations

import re

import pytest

from store.banks.banks import put_directory
from tests.fixtures.cabinet import Cabinet, Person, cabinet
from tests.pages.conftest import Site

__all__ = ["cabinet"]

WRONG = {
    "title": "",
    "description": "Solid oak.",
    "price": "12,5,0",
    "pay_within": "abc",
    "unit": "hours",
    "quantity": "-1",
}


def said_beside(somebody: Person, field: str) -> str:
    return re.findall(rf'id="{field}-error">([^<]*)<', somebody.page.text)[0]


@pytest.mark.source("marketplace:53-62", "discussion:21-22")
async def test_all_faults_of_an_offer_are_said_at_once_with_their_limits(cabinet: Cabinet) -> None:
    seller = await cabinet.client("Sonja", 2)
    await seller.read("/my/offers/new")
    await seller.send("/my/offers/new", **WRONG)
    assert seller.page.status_code == 422
    assert said_beside(seller, "title") == "Please fill this in."
    assert said_beside(seller, "price") == "Please type an amount such as 1,250.00, above zero."
    assert said_beside(seller, "pay_within") == "Please type a whole number from 1 to 8,784."
    assert said_beside(seller, "quantity") == "Please type a whole number from 1 to 1,000,000."
    linked = re.findall(r'<li><a href="#([a-z_]+)">([^<]*)</a>', seller.page.text)
    names = [("title", "Title"), ("price", "Price"), ("pay_within", "Time to pay"), ("quantity", "How many")]
    assert linked == names
    assert {name: seller.form("/my/offers/new").fields[name] for name in WRONG} == WRONG
    await seller.send("/my/offers/new", title="A desk", price="1,250.00", pay_within="24", quantity="1")
    assert seller.at == "/my/offers" and "1,250.00" in seller.words


async def test_a_reason_that_is_too_long_is_refused_beside_its_field_on_the_deals_page(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    deal = await buyer.buy(await cabinet.on_sale(seller))
    await buyer.read(f"/deals/{deal}")
    await buyer.send(f"/deals/{deal}/cancellation", reason="x" * 501)
    assert buyer.page.status_code == 422
    assert said_beside(buyer, "reason") == "This is too long: at most 500 characters."
    assert await cabinet.rows("SELECT 1 FROM agreements WHERE CAST(deal_id AS text) = :id", id=deal) == []


async def test_a_transfer_with_three_errors_shows_them_in_russian_too(cabinet: Cabinet) -> None:
    anna = await cabinet.client("Anna", 1)
    await anna.read("/my/wallets")
    await anna.send("/my/wallets", currency="RUB")
    path = f"{anna.at}/transfer"
    await anna.read(f"/language/ru?back={path}")
    await anna.send(path, to="nowhere", amount="12 34,5", details="x" * 501)
    assert said_beside(anna, "to") == "Такого кошелька нет."
    assert said_beside(anna, "amount") == "Введите сумму больше нуля, например 1 250,00."
    assert said_beside(anna, "details") == "Слишком длинно: не больше 500 знаков."
    assert anna.words.count("Исправьте, пожалуйста:") == 1


async def test_a_form_begins_with_the_currency_of_the_payout_account_else_with_the_platforms(cabinet: Cabinet) -> None:
    async with cabinet.market.database.transaction() as session:
        bank = {"id": 90, "name": "Yen Bank", "requisite": "yen", "currency": "JPY", "client_address": None}
        await put_directory(session, [bank | {"commission_account": "090y", "guarantee_account": "090z"}], [])
    seller, newcomer = await cabinet.client("Sonja", 2), await cabinet.client("Nina", 2)
    pays_out = "UPDATE accounts SET currency = 'JPY' WHERE id = CAST(:id AS uuid) RETURNING id"
    await cabinet.rows(pays_out, id=seller.account_id)
    await cabinet.rows(
        "UPDATE accounts SET payout = false WHERE id = CAST(:id AS uuid) RETURNING id", id=newcomer.account_id
    )
    for path in ("/my/offers/new", "/my/wallets", "/my/accounts"):
        for somebody, currency in ((seller, "JPY"), (newcomer, "RUB")):
            await somebody.read(path)
            form = somebody.form(path)
            assert set(form.options["currency"]) >= {"JPY", "RUB"}
            assert form.fields["currency"] == currency, (path, somebody.name)


async def test_the_summary_leads_to_the_field_and_is_read_first(site: Site) -> None:
    seller = await site.visitor(await site.somebody("Sonja Seller", 2))
    await seller.go("/my/offers/new")
    await seller.page.locator("#title").fill("A desk")
    await seller.page.locator("#description").fill("Oak.")
    await seller.page.locator("#price").fill("100 50")
    await seller.page.locator("#quantity").fill("0")
    await seller.press("Send to moderation")
    await seller.see("Please put this right:")
    assert await seller.page.evaluate("document.activeElement.className") == "notice bad summary"
    await seller.picture("form-errors")
    await seller.follow("How many")
    assert await seller.page.evaluate("document.activeElement.id") == "quantity"
    assert await seller.page.locator("#price").input_value() == "100 50"
    assert [fault for fault in seller.faults if "422" not in fault] == []


async def test_marks_that_come_along_when_text_is_pasted_cost_nobody_the_form(cabinet: Cabinet) -> None:
    seller = await cabinet.client("Sonja", 2)
    await seller.read("/my/offers/new")
    pasted = {
        "title": "A \u2068walnut\u2069 desk",
        "description": "Solid.\u2028Oiled.\x07",
        "price": "\u202a1,250.00\u202c",
    }
    await seller.send("/my/offers/new", **pasted, pay_within="24", quantity="1")
    assert seller.at == "/my/offers"
    stored = "SELECT title, description, price_minor FROM offers WHERE CAST(seller_id AS text) = :id"
    assert await cabinet.rows(stored, id=seller.user_id) == [("A walnut desk", "Solid.\nOiled.", 125_000)]
