"""Who may ask what: keys, and the wall between marketplaces."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from edge.api_keys import new_api_key, prefix_of
from store.people.api_keys import issue_key, revoke_key
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
