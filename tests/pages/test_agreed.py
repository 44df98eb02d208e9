"""What was agreed stays the same after any later change by the seller."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.fixtures.cabinet import Cabinet


async def test_a_deal_shows_title_and_description_as_they_were_when_it_was_bought(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    offer = await cabinet.served.shop.offer(seller.user_id, "1000.00", title="A walnut desk", pay_within_s=3600)
    await cabinet.rows(
        "UPDATE offers SET description = 'Solid, with a drawer.' WHERE id = CAST(:id AS uuid) RETURNING id",
        id=offer["id"],
    )
    await cabinet.served.operator.moderate(offer["id"])
    deal = await buyer.buy(offer)
    link = await cabinet.served.shop.make(
        f"/deals/{deal}/checkout-links", {"return_url": "https://shop.example/orders/1"}
    )
    await seller.read(f"/my/offers/{offer['id']}")
    await seller.send(title="A pine shelf", description="No drawer at all.", quantity="1")
    assert "A pine shelf" in seller.words

    guest, read = cabinet.stranger(), []
    read.append(await guest.read(urlsplit(link["url"]).path))
    read.append(await buyer.read(f"/deals/{deal}"))
    assert "Solid, with a drawer." in read[-1]
    read += [await buyer.read("/my/deals"), await buyer.read(f"/deals/{deal}/payment")]
    read.append(await buyer.send(f"/deals/{deal}/payment/review"))
    read.append(await buyer.send(f"/deals/{deal}/payment"))
    await buyer.send(f"{buyer.at}/code", code=await buyer.code())
    await buyer.until("The seller has been paid.")
    read += [await seller.read(f"/deals/{deal}"), await seller.read("/my/earnings"), await seller.read("/my/deals")]
    assert [said for said in read if "A walnut desk" not in said or "shelf" in said] == []

    for caller in (cabinet.served.shop, cabinet.served.operator):
        shown = await caller.deal(deal)
        assert (shown["title"], shown["description"]) == ("A walnut desk", "Solid, with a drawer.")
        listed = next(item for item in (await caller.read("/deals"))["items"] if item["id"] == deal)
        assert listed["title"] == "A walnut desk"


async def test_the_database_refuses_to_call_a_deal_otherwise(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    deal = await buyer.buy(await cabinet.on_sale(seller))
    for column in ("title", "description"):
        with pytest.raises(IntegrityError, match="frozen"):
            async with cabinet.market.database.transaction() as session:
                await session.execute(
                    text(f"UPDATE deals SET {column} = 'x' WHERE id = CAST(:id AS uuid)"), {"id": deal}
                )
