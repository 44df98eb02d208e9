"""Offers: moderated by operators, whose commission clients never see."""

from __future__ import annotations

import pytest

from tests.fixtures.market import Api
from tests.fixtures.shop import Shop


@pytest.mark.source("marketplace:209")
async def test_an_offer_is_bought_only_after_an_operator_approved_it(shop: Shop) -> None:
    client, operator = shop.api.client, shop.api.operator
    rejected = await client.offer(shop.seller["id"], "10.00")
    approved = await client.offer(shop.seller["id"], "10.00")
    await operator.moderate(rejected["id"], approve=False)
    await operator.moderate(approved["id"])
    bodies = [{"offer_id": offer["id"], "buyer_id": shop.buyer["id"]} for offer in (rejected, approved)]
    replies = [await client.post("/deals", body) for body in bodies]
    assert [offer["state"] for offer in (rejected, approved)] == ["pending", "pending"]
    assert (replies[0].status_code, replies[0].json()["code"]) == (409, "offer_not_available")
    assert replies[1].status_code == 201


async def test_an_offer_is_moderated_once(shop: Shop) -> None:
    offer = await shop.offer()
    again = await shop.api.operator.post(f"/offers/{offer['id']}/moderation", {"approve": False})
    assert (again.status_code, again.json()["code"]) == (409, "offer_moderated")
    assert (await shop.api.client.read(f"/offers/{offer['id']}"))["state"] == "approved"


@pytest.mark.source("marketplace:63-64", "marketplace:169-170")
async def test_operators_set_the_commission_and_alone_see_it(shop: Shop) -> None:
    client, operator = shop.api.client, shop.api.operator
    for given, shown in ((None, "5.00"), ("0", "0.00"), ("7.5", "7.50"), ("50.00", "50.00")):
        offer = await client.offer(shop.seller["id"], "10.00")
        moderated = await operator.moderate(offer["id"], commission_percent=given)
        deal = await client.buy(offer["id"], shop.buyer["id"])
        assert moderated["commission_percent"] == shown
        assert (await operator.read(f"/offers/{offer['id']}"))["commission_percent"] == shown
        assert (await operator.deal(deal["id"]))["commission_percent"] == shown


async def test_no_answer_to_a_marketplace_speaks_of_commission(shop: Shop) -> None:
    client = shop.api.client
    deal = await shop.deal()
    payment = await shop.payment(deal)
    await client.submit(payment["id"], "ABCD-EFGH")
    await shop.debited(payment, 1)
    await shop.assessed(deal)  # funded: the release with its commission is planned
    answers = [
        await client.get(path)
        for path in (
            "/offers",
            f"/offers/{deal['offer_id']}",
            "/deals",
            f"/deals/{deal['id']}",
            f"/deals/{deal['id']}/events",
            f"/payments/{payment['id']}",
            "/banks",
        )
    ]
    theirs = await shop.api.operator.payment(payment["id"])
    assert {step["name"]: step["amount"]["amount"] for step in theirs["steps"]} == {
        "capture": "1010.00",
        "credit": "950.00",
        "commission": "50.00",
    }
    for answer in answers:
        assert answer.status_code == 200
        assert "commission" not in answer.text
        assert "950.00" not in answer.text and "50.00" not in answer.text


async def test_what_is_sold_out_is_not_sold(shop: Shop) -> None:
    offer = await shop.offer(quantity=2)
    body = {"offer_id": offer["id"], "buyer_id": shop.buyer["id"]}
    replies = [await shop.api.client.post("/deals", body) for _ in range(3)]
    assert [reply.status_code for reply in replies] == [201, 201, 409]
    assert replies[2].json()["code"] == "sold_out"
    assert (await shop.api.client.read(f"/offers/{offer['id']}"))["quantity"] == 0


async def test_sellers_cannot_buy_their_own_offers(shop: Shop) -> None:
    offer = await shop.offer()
    reply = await shop.api.client.post("/deals", {"offer_id": offer["id"], "buyer_id": shop.seller["id"]})
    assert (reply.status_code, reply.json()["code"], reply.json()["field"]) == (409, "own_offer", "buyer_id")


async def test_a_seller_without_a_payout_account_is_paid_into_a_wallet(shop: Shop) -> None:
    client = shop.api.client
    poor = await client.user("Poor", "poor@example.test")
    await shop.api.account(poor["id"], "001fffffffffff"[:13])
    offer = await client.offer(poor["id"], "10.00")
    await shop.api.operator.moderate(offer["id"])
    await client.make("/deals", {"offer_id": offer["id"], "buyer_id": shop.buyer["id"]})
    [wallet] = (await client.read(f"/users/{poor['id']}/wallets"))["items"]
    assert (wallet["user_id"], wallet["currency"]) == (poor["id"], "RUB")


async def test_the_last_account_named_for_payouts_is_the_one(shop: Shop) -> None:
    await shop.api.account(shop.seller["id"], "003aaaaaaaaaa", payout=True)
    accounts = await shop.api.client.read(f"/users/{shop.seller['id']}/accounts")
    assert [account["number"] for account in accounts["items"] if account["payout"]] == ["003aaaaaaaaaa"]


async def test_lists_come_in_pages_that_leave_nothing_out(api: Api) -> None:
    seller = await api.client.user("Sonja", "sonja@example.test")
    made = [(await api.client.offer(seller["id"], "10.00"))["id"] for _ in range(5)]
    found: list[str] = []
    sizes: list[int] = []
    after = None
    while True:
        page = await api.client.read("/offers", limit=2, after=after)
        found += [item["id"] for item in page["items"]]
        sizes.append(len(page["items"]))
        after = page["next"]
        if after is None:
            break
    assert (found, sizes) == (made, [2, 2, 1])


async def test_nothing_is_bought_that_is_not_what_was_shown(shop: Shop) -> None:
    offer = await shop.offer("10.00")
    body = {"offer_id": offer["id"], "buyer_id": shop.buyer["id"]}
    for seen in ({"expected_price": {"amount": "9.00", "currency": "RUB"}}, {"offer_version": 2}):
        refused = await shop.api.client.post("/deals", body | seen)
        assert (refused.status_code, refused.json()["code"]) == (409, "offer_changed")
        assert "10.00 RUB now" in refused.json()["detail"]
    assert (await shop.api.client.read(f"/offers/{offer['id']}"))["quantity"] == 1
    right = {"expected_price": {"amount": "10.00", "currency": "RUB"}, "offer_version": offer["version"]}
    assert (await shop.api.client.post("/deals", body | right)).status_code == 201


async def test_an_offer_is_taken_off_sale_and_put_back_over_rest(shop: Shop) -> None:
    client, offer = shop.api.client, await shop.offer("10.00")
    body = {"offer_id": offer["id"], "buyer_id": shop.buyer["id"]}
    off = await client.put(f"/offers/{offer['id']}/on-sale", {"on_sale": False})
    refused = await client.post("/deals", body)
    assert (off.status_code, off.json()["on_sale"]) == (200, False)
    assert (refused.status_code, refused.json()["code"]) == (409, "offer_not_available")
    assert (await client.put(f"/offers/{offer['id']}/on-sale", {"on_sale": True})).status_code == 200
    assert (await client.post("/deals", body)).status_code == 201
