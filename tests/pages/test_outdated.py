"""A page that was opened before something changed acts on what it showed, or says what is new; never on both mixed."""

from __future__ import annotations

from typing import Any

from tests.fixtures.cabinet import Cabinet, Person, cabinet

__all__ = ["cabinet"]


async def offer_row(cabinet: Cabinet, offer_id: str) -> Any:
    [row] = await cabinet.rows(
        "SELECT title, price_minor, pay_within_s, quantity, state, version FROM offers WHERE id = :id", id=offer_id
    )
    return row


async def deals_of(cabinet: Cabinet, offer_id: str) -> int:
    return len(await cabinet.rows("SELECT 1 FROM deals WHERE offer_id = :id", id=offer_id))


async def sell(cabinet: Cabinet, offer: dict[str, Any], buyer: Person, number: int) -> None:
    for _ in range(number):
        await cabinet.served.shop.buy(offer["id"], buyer.user_id)


async def test_what_was_sold_while_a_seller_wrote_stays_sold(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    offer = await cabinet.on_sale(seller, quantity=5, title="A desk")
    path = f"/my/offers/{offer['id']}"
    await seller.read(path)
    await sell(cabinet, offer, buyer, 2)
    await seller.send(path, title="A walnut desk")
    row = await offer_row(cabinet, offer["id"])
    assert (seller.at, row.title, row.quantity, row.state) == ("/my/offers", "A walnut desk", 3, "pending")


async def test_a_change_of_the_quantity_alone_changes_nothing_else_and_is_made_once(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    offer = await cabinet.on_sale(seller, quantity=2, pay_within_s=5430)
    path = f"/my/offers/{offer['id']}"
    await seller.read(path)
    form = seller.form(path)
    assert (form.fields["pay_within"], form.fields["unit"]) == ("5430", "seconds")
    await sell(cabinet, offer, buyer, 1)
    for _ in range(2):  # a double click
        await seller.http.post(path, data=form.fields | {"quantity": "4"})
    row = await offer_row(cabinet, offer["id"])
    assert (row.quantity, row.pay_within_s, row.state, row.version) == (3, 5430, "approved", 1)


async def test_a_sold_out_offer_is_changed_and_filled_up_again(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    offer = await cabinet.on_sale(seller, quantity=1)
    await sell(cabinet, offer, buyer, 1)
    path = f"/my/offers/{offer['id']}"
    await seller.read(path)
    await seller.send(path, title="Another desk")
    assert (await offer_row(cabinet, offer["id"]))[:4] == ("Another desk", 100_000, 3600, 0)
    await seller.read(path)
    await seller.send(path, quantity="7")
    assert (await offer_row(cabinet, offer["id"])).quantity == 7


async def test_two_tabs_of_a_seller_do_not_undo_each_other(cabinet: Cabinet) -> None:
    seller = await cabinet.client("Sonja", 2)
    offer = await cabinet.on_sale(seller, title="A desk")
    path = f"/my/offers/{offer['id']}"
    await seller.read(path)
    first = seller.form(path)
    await seller.read(path)
    await seller.send(path, title="A walnut desk")
    seller.page = await seller.http.post(path, data=first.fields | {"price": "1,234.00"})
    assert seller.page.status_code == 409
    assert "This page is out of date" in seller.words and "Now there is: A walnut desk" in seller.words
    assert (await offer_row(cabinet, offer["id"])).price_minor == 100_000
    await seller.send(path, title="A walnut desk")  # the person has read it, and now sends the present form
    row = await offer_row(cabinet, offer["id"])
    assert (row.title, row.price_minor) == ("A walnut desk", 123_400)


async def test_nothing_is_bought_at_another_price_than_the_page_showed(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    offer = await cabinet.on_sale(seller, "3490.00", pay_within_s=172_800)
    purchase = f"/offers/{offer['id']}/purchase"
    await buyer.read(f"/offers/{offer['id']}")
    await seller.read(f"/my/offers/{offer['id']}")
    await seller.send(f"/my/offers/{offer['id']}", price="34,900.00", pay_within="1", unit="minutes")
    await cabinet.served.operator.moderate(offer["id"])
    said = await buyer.send(purchase)
    assert buyer.page.status_code == 409 and await deals_of(cabinet, offer["id"]) == 0
    assert "Nothing was bought" in said
    assert all(price in said for price in ("Price before 3,490.00 RUB", "Price now 34,900.00 RUB")), said
    assert "Time to pay before 2 days" in said and "Time to pay now 1 minute" in said
    await buyer.send(purchase)  # knowing that
    assert buyer.at.endswith("/payment") and await deals_of(cabinet, offer["id"]) == 1


async def test_a_seller_takes_an_offer_off_sale_and_puts_it_back(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    offer = await cabinet.on_sale(seller, title="A rare desk")
    path, own = f"/offers/{offer['id']}", f"/my/offers/{offer['id']}"
    await buyer.read(path)
    old = buyer.form(f"{path}/purchase")
    await seller.read(own)
    assert "Taken off sale" in await seller.send(f"{own}/on-sale")
    assert "A rare desk" not in await buyer.read("/")
    assert "nothing here" in await buyer.read(path)
    buyer.page = await buyer.http.post(old.url, data=old.fields)
    assert (buyer.page.status_code, await deals_of(cabinet, offer["id"])) == (409, 0)
    assert "not on sale any more" in buyer.words
    # it belongs to another person
    await buyer.http.post(f"{own}/on-sale", data={"on_sale": "yes", "csrf": old.fields["csrf"]})
    assert "nothing here" in await buyer.read(path)
    await seller.read(own)
    await seller.send(f"{own}/on-sale")
    assert "A rare desk" in await buyer.read("/")
    await buyer.buy(offer)
    assert await deals_of(cabinet, offer["id"]) == 1
