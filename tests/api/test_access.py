"""Who may ask what: keys, and the wall between marketplaces."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from edge.api_keys import new_api_key, prefix_of
from store.api_keys import issue_key, revoke_key
from tests.fixtures.market import Api
from tests.fixtures.shop import Shop

ANNA = {"name": "Anna", "email": "anna@example.test"}


async def test_without_a_key_nothing_is_answered(api: Api) -> None:
    nobody = api.caller(None)
    read, written = await nobody.get("/banks"), await nobody.post("/users", ANNA)
    await nobody.aclose()
    for reply in (read, written):
        assert (reply.status_code, reply.json()["code"]) == (401, "no_api_key")
        assert reply.headers["www-authenticate"] == "Bearer"
    assert await api.count("users") == 0


@pytest.mark.parametrize("secret", ["nonsense", new_api_key("mp").secret, "hf_mp_ключ"], ids=["text", "new", "foreign"])
async def test_a_wrong_key_is_refused(api: Api, secret: str) -> None:
    async with httpx.AsyncClient(base_url=api.address, trust_env=False) as client:
        reply = await client.get("/api/v1/banks", headers={b"Authorization": f"Bearer {secret}".encode()})
    assert (reply.status_code, reply.json()["code"]) == (401, "bad_api_key")


async def test_a_known_prefix_with_another_secret_is_refused(api: Api) -> None:
    async with api.database.transaction() as session:
        secret = await issue_key(session, api.settings.pepper_bytes, marketplace_id=api.marketplace_id)
    forger, owner = api.caller(secret[:-4] + "AAAA"), api.caller(secret)
    forged, genuine = await forger.get("/banks"), await owner.get("/banks")
    await forger.aclose()
    await owner.aclose()
    assert (forged.status_code, forged.json()["code"]) == (401, "bad_api_key")
    assert genuine.status_code == 200


async def test_a_revoked_key_is_refused_at_once_and_the_other_one_still_works(api: Api) -> None:
    async with api.database.transaction() as session:
        secret = await issue_key(session, api.settings.pepper_bytes, marketplace_id=api.marketplace_id)
    caller = api.caller(secret)
    before = await caller.get("/banks")
    async with api.database.transaction() as session:
        assert await revoke_key(session, prefix_of(secret) or "")
    after, other = await caller.get("/banks"), await api.client.get("/banks")
    await caller.aclose()
    assert [before.status_code, after.status_code, other.status_code] == [200, 401, 200]


async def test_an_expired_key_is_refused(api: Api) -> None:
    [(past,)] = await api.rows("SELECT clock_timestamp()")
    async with api.database.transaction() as session:
        secret = await issue_key(session, api.settings.pepper_bytes, marketplace_id=api.marketplace_id, expires_at=past)
    caller = api.caller(secret)
    reply = await caller.get("/banks")
    await caller.aclose()
    assert (reply.status_code, reply.json()["code"]) == (401, "bad_api_key")


async def test_what_belongs_to_another_marketplace_is_unknown(shop: Shop) -> None:
    deal = await shop.deal()
    payment = await shop.payment(deal, "100.00")
    stranger = await shop.api.other_marketplace()
    addresses = {
        f"/users/{shop.buyer['id']}": "unknown_user",
        f"/users/{shop.buyer['id']}/accounts": "unknown_user",
        f"/offers/{deal['offer_id']}": "unknown_offer",
        f"/deals/{deal['id']}": "unknown_deal",
        f"/deals/{deal['id']}/events": "unknown_deal",
        f"/deals/{deal['id']}/quote?account_id={shop.account['id']}": "unknown_deal",
        f"/payments/{payment['id']}": "unknown_payment",
    }
    replies = {address: await stranger.get(address) for address in addresses}
    lists = [(await stranger.get(address)).json() for address in ("/offers", "/deals")]
    await stranger.aclose()
    assert {address: reply.json()["code"] for address, reply in replies.items()} == addresses
    assert {reply.status_code for reply in replies.values()} == {404}
    assert lists == [{"items": [], "next": None}] * 2


async def test_nothing_of_another_marketplace_can_be_changed(shop: Shop) -> None:
    deal = await shop.deal()
    payment = await shop.payment(deal, "100.00")
    before = await shop.api.client.events(deal["id"])
    stranger = await shop.api.other_marketplace()
    own = await stranger.user("Stranger", "stranger@example.test")
    money = {"amount": "1.00", "currency": "RUB"}
    offer = {"seller_id": shop.seller["id"], "title": "T", "description": "", "price": money, "pay_within_s": 60}
    account = {"number": "001eeeeeeeeee", "currency": "RUB"}
    acts = [
        (f"/users/{shop.buyer['id']}/accounts", account, "unknown_user"),
        ("/offers", offer, "unknown_user"),
        ("/deals", {"offer_id": deal["offer_id"], "buyer_id": own["id"]}, "unknown_offer"),
        (f"/deals/{deal['id']}/payments", {"account_id": shop.account["id"]}, "unknown_deal"),
        (f"/payments/{payment['id']}/codes", {}, "unknown_payment"),
        (f"/payments/{payment['id']}/code-attempts", {"code": "ABCDEFGH"}, "unknown_payment"),
        (f"/payments/{payment['id']}/cancellation", {}, "unknown_payment"),
        (f"/payments/{payment['id']}/payout-account", {"account_id": shop.account["id"]}, "unknown_payment"),
        (f"/payments/{payment['id']}/refund-account", {"account_id": shop.account["id"]}, "unknown_payment"),
    ]
    for path, body, code in acts:
        reply = await stranger.post(path, body)
        assert (path, reply.status_code, reply.json()["code"]) == (path, 404, code)
    await stranger.aclose()
    assert await shop.api.client.events(deal["id"]) == before
    assert len(await shop.api.client.read(f"/users/{shop.buyer['id']}/accounts")) == 2


async def test_ids_that_nobody_has_are_unknown(shop: Shop) -> None:
    client, nobody = shop.api.client, uuid4()
    codes = [
        (await client.get(f"/users/{nobody}")).json()["code"],
        (await client.get(f"/offers/{nobody}")).json()["code"],
        (await client.get(f"/deals/{nobody}")).json()["code"],
        (await client.get(f"/payments/{nobody}")).json()["code"],
        (await client.post(f"/deals/{nobody}/payments", {"account_id": shop.account["id"]})).json()["code"],
        (await client.post("/deals", {"offer_id": str(nobody), "buyer_id": shop.buyer["id"]})).json()["code"],
    ]
    assert codes == [
        "unknown_user",
        "unknown_offer",
        "unknown_deal",
        "unknown_payment",
        "unknown_deal",
        "unknown_offer",
    ]


async def test_operators_see_all_marketplaces_and_do_not_trade(shop: Shop) -> None:
    deal, operator = await shop.deal(), shop.api.operator
    payment = await shop.payment(deal, "100.00")
    seen = [
        await operator.get(path)
        for path in (f"/users/{shop.buyer['id']}", f"/deals/{deal['id']}", f"/payments/{payment['id']}")
    ]
    refused = await operator.post("/users", ANNA)
    assert {reply.status_code for reply in seen} == {200}
    assert (refused.status_code, refused.json()["code"]) == (403, "marketplace_key_needed")


async def test_a_marketplace_does_not_moderate_its_own_offers(shop: Shop) -> None:
    offer = await shop.api.client.offer(shop.seller["id"], "10.00")
    reply = await shop.api.client.post(f"/offers/{offer['id']}/moderation", {"approve": True})
    assert (reply.status_code, reply.json()["code"]) == (403, "operator_key_needed")
    assert (await shop.api.client.read(f"/offers/{offer['id']}"))["state"] == "pending"
