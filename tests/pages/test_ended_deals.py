"""A deal that has moved on offers nothing that can no longer be done."""

from __future__ import annotations

from tests.fixtures.cabinet import Cabinet


async def test_a_proposal_ends_with_what_it_was_about(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    deal = await buyer.buy(await cabinet.on_sale(seller))
    await seller.read(f"/deals/{deal}")
    await seller.send(f"/deals/{deal}/extension", longer="day")
    assert "More time proposed" in await buyer.read(f"/deals/{deal}")
    assert (await cabinet.served.shop.deal(deal))["extension"]["by"] == "seller"
    await seller.read(f"/deals/{deal}")
    retracting = seller.form(f"/deals/{deal}/retraction").fields

    await buyer.send(f"/deals/{deal}/cancellation")
    await buyer.until("The deal was cancelled. Nothing was paid.")
    assert "More time proposed" not in buyer.words
    assert "More time proposed" not in await seller.read(f"/deals/{deal}")
    assert (await cabinet.served.shop.deal(deal))["extension"] is None
    counted = await cabinet.rows("SELECT events FROM deals WHERE CAST(id AS text) = :id", id=deal)
    stale = retracting | {"events": str(counted[0][0])}
    refused = await seller.http.post(f"/deals/{deal}/retraction", data=stale)
    assert refused.status_code == 409
    reply = await cabinet.served.shop.post(f"/deals/{deal}/extension/retraction", {"user_id": seller.user_id})
    assert (reply.status_code, reply.json()["code"]) == (409, "nothing_proposed")


async def test_nobody_is_asked_to_cancel_a_deal_that_was_paid_out(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    deal = await buyer.buy(await cabinet.on_sale(seller))
    await seller.read(f"/deals/{deal}")
    await seller.send(f"/deals/{deal}/cancellation")
    assert "Cancellation proposed" in await buyer.read(f"/deals/{deal}")
    await buyer.pay(deal)
    await buyer.read(f"/deals/{deal}")
    await buyer.until("Nothing is left to do.")
    assert "Cancellation proposed" not in buyer.words
    assert "Cancellation proposed" not in await seller.read(f"/deals/{deal}")


async def test_the_checkout_of_a_cancelled_deal_counts_no_time_down(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    deal = await buyer.buy(await cabinet.on_sale(seller))
    assert "Time left" in await buyer.read(f"/deals/{deal}/payment")
    await buyer.read(f"/deals/{deal}")
    await buyer.send(f"/deals/{deal}/cancellation")
    await buyer.until("The deal was cancelled.")
    said = await buyer.read(f"/deals/{deal}/payment")
    assert "This deal takes no more payments" in said
    assert "Time left" not in said and "Left to pay" not in said


async def test_the_platforms_own_reason_of_a_refund_is_in_the_readers_language(cabinet: Cabinet) -> None:
    seller, buyer = await cabinet.client("Sonja", 2), await cabinet.client("Boris", 1)
    terms = {"settlement": "hold", "release": "on_acceptance", "inspection_s": 3600}
    deal = await buyer.buy(await cabinet.on_sale(seller, "500.00", terms=terms))
    payment = await buyer.begin(deal)
    await buyer.send(f"/payments/{payment}/code", code=await buyer.code())
    await buyer.read(f"/deals/{deal}")
    await buyer.until("Accept: pay the seller")
    await buyer.send(f"/deals/{deal}/dispute", objection="The lid is broken")
    await seller.read(f"/deals/{deal}/dispute")
    await seller.send(f"/deals/{deal}/dispute/statements", statement="It was whole", link="")
    back = {"amount": "100.00", "currency": "RUB"}
    split = {"kind": "split", "deal_id": deal, "amount": back, "reason": "It is"}
    await cabinet.served.operator.make("/overrides", split)
    await buyer.read(f"/deals/{deal}")
    await buyer.until("A dispute was decided.")
    await buyer.read(f"/language/ru?back=/deals/{deal}")
    assert "Решение по спору." in buyer.words and "A dispute was decided." not in buyer.words
