"""Statuses on pages: the party who may sets one, and both read it in the deal's history, each in their language."""

from __future__ import annotations

from tests.fixtures.cabinet import Cabinet
from tests.fixtures.statuses import put_status


async def test_the_seller_sets_a_status_that_the_buyer_reads_in_russian(cabinet: Cabinet) -> None:
    database = cabinet.market.database
    await put_status(database, "packed", en="Packed", ru="Упаковано", set_by=["seller"])
    await put_status(database, "awaited", en="Awaited", ru="Ждём", set_by=["buyer"], states=["completed"])
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    deal = await buyer.buy(await cabinet.on_sale(seller))
    assert "New status" not in await buyer.read(f"/deals/{deal}")
    await seller.read(f"/deals/{deal}")
    assert seller.form(f"/deals/{deal}/status").options["status"] == ["", "packed"]
    assert "Please choose a status from the list." in await seller.send(f"/deals/{deal}/status")
    said = await seller.send(f"/deals/{deal}/status", status="packed")
    assert seller.at == f"/deals/{deal}"
    assert "Status from the seller: Packed" in said and "New status" not in said
    assert "Packed" in await seller.read("/my/deals")
    await buyer.read(f"/language/ru?back=/deals/{deal}")
    read = await buyer.read(f"/deals/{deal}")
    assert "Статус от продавца: Упаковано" in read and "Packed" not in read


async def test_a_status_that_is_retired_meanwhile_is_refused_on_the_page(cabinet: Cabinet) -> None:
    database = cabinet.market.database
    await put_status(database, "sent", en="Sent", ru="Отправлено", set_by=["seller"])
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    deal = await buyer.buy(await cabinet.on_sale(seller))
    await seller.read(f"/deals/{deal}")
    await put_status(database, "sent", en="Sent", ru="Отправлено", set_by=["seller"], active=False)
    said = await seller.send(f"/deals/{deal}/status", status="sent")
    assert (seller.page.status_code, "This status is retired." in said) == (409, True)
    assert (await cabinet.served.shop.deal(deal))["status"] is None


async def test_a_page_that_is_out_of_date_sets_nothing(cabinet: Cabinet) -> None:
    database = cabinet.market.database
    for code in ("ready", "gone"):
        await put_status(database, code, en=code.title(), ru=code.upper(), set_by=["seller"])
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    deal = await buyer.buy(await cabinet.on_sale(seller))
    await seller.read(f"/deals/{deal}")
    old = seller.form(f"/deals/{deal}/status").fields
    await seller.send(f"/deals/{deal}/status", status="ready")
    stale = await seller.http.post(f"/deals/{deal}/status", data=old | {"status": "gone"})
    assert stale.status_code in (409, 422)
    assert (await cabinet.served.shop.deal(deal))["status"]["status"] == "ready"
