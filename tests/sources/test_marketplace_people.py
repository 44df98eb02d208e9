"""The text about the marketplace: its users, what its administrator sets, what is put up. Lines 1 to 66, 186 to 209."""

from __future__ import annotations

import pytest

from domain.deals import DealState
from tests.fixtures.cabinet import Cabinet, Person
from tests.fixtures.people import PASSWORD

OFFER = {
    "title": "A walnut desk",
    "description": "Solid, 140 by 70 cm.",
    "price": "1,250.50",
    "pay_within": "3",
    "unit": "days",
    "quantity": "2",
}


async def test_the_administrator_is_there_from_the_start_and_sees_everything(cabinet: Cabinet) -> None:
    ada = await cabinet.administrator()
    lists = ("users", "deals", "offers", "payments", "banks", "platform-settings", "deal-titles")
    for page in (*(f"/admin/{name}/list" for name in lists), "/admin/moderation", "/admin/fees", "/admin/stuck"):
        await ada.read(page)
        assert (page, ada.page.status_code, ada.at) == (page, 200, page)


async def test_the_administrator_makes_a_client_with_full_name_login_and_password(
    cabinet: Cabinet, admin: Person
) -> None:
    await admin.read("/admin/users/create")
    fields = {"name": "Клара Ивановна Кляйн", "login": "klara", "password": PASSWORD, "email": "klara@example.test"}
    await admin.send(**fields, marketplace_id=str(cabinet.market.marketplace_id))
    klara = cabinet.stranger()
    await cabinet.log_in(klara, "klara")
    assert (klara.at, "Клара Ивановна Кляйн" in await klara.read("/my/profile")) == ("/", True)


async def test_one_client_sells_and_buys(cabinet: Cabinet, seller: Person, buyer: Person) -> None:
    for one, other in ((seller, buyer), (buyer, seller)):
        deal = await other.buy(await cabinet.on_sale(one))
        assert "You buy from" in await other.read(f"/deals/{deal}")
        assert "You sell to" in await one.read(f"/deals/{deal}")


async def test_the_form_of_a_client_has_full_name_login_and_password(admin: Person) -> None:
    await admin.read("/admin/users/create")
    assert {"name", "login", "password"} <= admin.form().fields.keys()
    for name in ("name", "login", "password"):
        fields = {"name": "Nobody", "login": "nobody", "password": PASSWORD, "email": "nobody@example.test"}
        await admin.read("/admin/users/create")
        await admin.send(**fields | {name: ""})
        assert (name, admin.page.status_code) == (name, 422)


async def test_the_administrator_gives_the_statuses_of_deals_the_names_that_clients_read(
    cabinet: Cabinet, admin: Person, seller: Person, buyer: Person
) -> None:
    deal = await buyer.buy(await cabinet.on_sale(seller))
    await admin.read("/admin/deal-titles/edit?pk=awaiting_payment")
    assert {"en", "ru"} <= admin.form().fields.keys()
    await admin.send(en="To be paid soon", ru="Ждём денег")
    assert "To be paid soon" in await buyer.read(f"/deals/{deal}")
    await buyer.read("/language/ru?back=/my/deals")
    assert "Ждём денег" in buyer.words
    await buyer.read("/language/en")
    assert len(await cabinet.rows("SELECT state FROM deal_titles")) == len(DealState)


async def test_the_default_commission_is_five_percent_until_the_administrator_sets_another(
    cabinet: Cabinet, admin: Person, seller: Person
) -> None:
    before = await cabinet.on_sale(seller)
    await admin.read("/admin/platform-settings/edit?pk=True")
    await admin.send(default_commission_percent="6.5")
    after = [(await cabinet.served.operator.read(f"/offers/{before['id']}")), await cabinet.on_sale(seller)]
    await admin.read("/admin/platform-settings/edit?pk=True")
    shown = admin.form().fields["default_commission_percent"]
    await admin.send(default_commission_percent="5")
    assert before["commission_percent"] == "5.00"
    assert [offer["commission_percent"] for offer in after] == ["6.50", "6.50"]
    assert shown == "6.50"


async def test_clients_add_their_accounts_in_a_cabinet_that_shows_them_nothing_of_others(
    cabinet: Cabinet, seller: Person
) -> None:
    owner = await cabinet.client("Olga Owner", 1)
    assert (owner.number in await owner.read("/my/accounts"), seller.number in owner.words) == (True, False)
    await owner.read("/admin/users/list")
    assert owner.at == "/admin/login"
    stranger = cabinet.stranger()
    await stranger.read("/my/accounts")
    assert stranger.at == "/log-in"


async def test_the_cabinet_shows_who_the_client_is(seller: Person) -> None:
    said = await seller.read("/my/profile")
    assert seller.name in said and seller.email in said


async def test_the_form_of_an_account_takes_its_number(cabinet: Cabinet) -> None:
    owner = await cabinet.client("Olga Owner", 1)
    await owner.read("/my/accounts")
    await owner.send(bank="1", number="343434", currency="RUB")
    assert (owner.page.status_code, 'id="number-error"' in owner.page.text) == (422, True)
    number = (await cabinet.market.bank.new_client(1)).number
    await owner.send(bank="1", number=f"{number[:3]} {number[3:7]} {number[7:]}".upper(), currency="RUB")
    assert number in owner.words


async def test_a_client_creates_an_offer_on_the_pages(cabinet: Cabinet) -> None:
    seller = await cabinet.client("Sven", 2)
    await seller.read("/my/offers/new")
    assert "A walnut desk" in await seller.send(**OFFER)
    assert [row.seller for row in await cabinet.rows(
        "SELECT CAST(seller_id AS text) AS seller FROM offers WHERE title = :t", t=OFFER["title"]
    )] == [seller.user_id]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": ""}, "title"),
        ({"description": ""}, "description"),
        ({"price": "0"}, "price"),
        ({"price": "1.001"}, "price"),
        ({"pay_within": "0"}, "pay_within"),
        ({"quantity": "-1"}, "quantity"),
    ],
)
async def test_the_form_of_an_offer_has_title_description_price_and_time_to_pay(
    seller: Person, wrong: dict[str, str], field: str
) -> None:
    await seller.read("/my/offers/new")
    await seller.send(**OFFER | wrong)
    assert (seller.page.status_code, f'id="{field}-error"' in seller.page.text) == (422, True)
    assert seller.form("/my/offers/new").fields["unit"] == "days", "what was typed stays there"


async def test_the_percent_of_the_administrator_is_five_by_default_and_no_client_sees_it(
    cabinet: Cabinet, seller: Person, buyer: Person
) -> None:
    offer = await cabinet.on_sale(seller, "800.00", title="A plain desk")
    assert offer["commission_percent"] == "5.00"
    deal = await buyer.buy(offer)
    for somebody, paths in (
        (seller, ("/my/offers", f"/my/offers/{offer['id']}", "/my/deals", f"/deals/{deal}", "/my/offers/new")),
        (buyer, (f"/offers/{offer['id']}", f"/deals/{deal}", f"/deals/{deal}/payment")),
    ):
        for path in paths:
            await somebody.read(path)
            assert [word for word in ("percent", "5.00 %", "5%", "40.00", "760.00") if word in somebody.page.text] == []


async def test_an_offer_has_a_status_that_its_seller_reads(cabinet: Cabinet) -> None:
    seller, operator = await cabinet.client("Sven", 2), cabinet.served.operator
    words = []
    offers = [await cabinet.served.shop.offer(seller.user_id, "10.00", title=f"Number {n}") for n in (1, 2)]
    words.append(await seller.read("/my/offers"))
    await operator.moderate(offers[0]["id"])
    await operator.moderate(offers[1]["id"], approve=False)
    words.append(await seller.read("/my/offers"))
    assert words[0].count("Waiting for moderation") == 2
    assert ("On sale" in words[1], "Not accepted by moderation" in words[1]) == (True, True)


async def test_clients_bind_their_accounts_to_a_bank_in_their_cabinet(cabinet: Cabinet) -> None:
    owner = await cabinet.client("Olga Owner", 1)
    await owner.read("/my/accounts")
    number = (await cabinet.market.bank.new_client(2)).number
    await owner.send(bank="2", number=number, currency="RUB")
    [account] = await cabinet.rows(
        "SELECT bank_id, number FROM accounts WHERE user_id = CAST(:id AS uuid) AND bank_id = 2", id=owner.user_id
    )
    assert tuple(account) == (2, number)


async def test_the_bank_of_an_account_is_chosen_from_a_list_and_its_number_has_to_be_one_of_it(
    cabinet: Cabinet, seller: Person
) -> None:
    await seller.read("/my/accounts")
    banks = [str(bank["id"]) for bank in await cabinet.served.shop.banks()]
    assert seller.form("/my/accounts").options["bank"] == ["", *banks]
    for bank, number, field in (("9", "0090123456789", "bank"), ("1", "0020123456789", "number")):
        await seller.read("/my/accounts")
        await seller.send("/my/accounts", bank=bank, number=number, currency="RUB")
        assert (seller.page.status_code, f'id="{field}-error"' in seller.page.text) == (422, True)


async def test_the_administrator_moderates_and_reads_the_description(
    cabinet: Cabinet, admin: Person, seller: Person
) -> None:
    await seller.read("/my/offers/new")
    await seller.send(**OFFER | {"title": "A desk to look at", "description": "With a scratch on the lid."})
    said = await admin.read("/admin/moderation")
    assert "A desk to look at" in said and "With a scratch on the lid." in said


async def test_moderation_asks_for_the_percent_of_the_administrator(cabinet: Cabinet, seller: Person) -> None:
    ada = await cabinet.administrator()
    offer = await cabinet.served.shop.offer(seller.user_id, "10.00")
    path = f"/admin/moderation/{offer['id']}"
    await ada.read("/admin/moderation")
    await ada.send(path, percent="50.01", decision="approve")
    assert ada.page.status_code == 422
    await ada.send(path, percent="7.25", decision="approve")
    assert (await cabinet.served.operator.read(f"/offers/{offer['id']}"))["commission_percent"] == "7.25"


async def test_only_after_moderation_is_an_offer_there_for_others(
    cabinet: Cabinet, seller: Person, buyer: Person
) -> None:
    offer = await cabinet.served.shop.offer(seller.user_id, "10.00", title="Not yet there")
    page = f"/offers/{offer['id']}"
    assert "Not yet there" not in await buyer.read("/") + await buyer.read(page)
    assert buyer.page.status_code == 404
    await cabinet.served.operator.moderate(offer["id"])
    assert "Not yet there" in await buyer.read("/")
    assert "Not yet there" in await buyer.read(page)
