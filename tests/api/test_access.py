"""Who may ask what: keys, and the wall between marketplaces."""

from __future__ import annotations

import httpx

from edge.api_keys import new_api_key, prefix_of
from store.people.api_keys import issue_key, revoke_key
from tests.fixtures.market import Api
from tests.fixtures.shop import Shop

ANNA = {"name": "Anna", "email": "anna@example.test"}


async def test_a_key_that_is_none_or_no_longer_one_is_refused(api: Api) -> None:
    [(past,)] = await api.rows("SELECT clock_timestamp()")
    pepper, mine = api.settings.pepper_bytes, api.marketplace_id
    async with api.database.transaction() as session:
        good, revoked = [await issue_key(session, pepper, marketplace_id=mine) for _ in range(2)]
        expired = await issue_key(session, pepper, marketplace_id=mine, expires_at=past)
    async with httpx.AsyncClient(base_url=api.address, trust_env=False) as client:

        async def answer(secret: str) -> tuple[int, str | None, str | None]:
            reply = await client.get("/api/v1/banks", headers={b"Authorization": f"Bearer {secret}".encode()})
            return reply.status_code, reply.json().get("code"), reply.headers.get("www-authenticate")

        assert [await answer(secret) for secret in (good, revoked)] == [(200, None, None)] * 2
        async with api.database.transaction() as session:
            assert await revoke_key(session, prefix_of(revoked) or "")
        for secret in ("nonsense", new_api_key("mp").secret, "hf_mp_ключ", good[:-4] + "AAAA", revoked, expired):
            assert await answer(secret) == (401, "bad_api_key", "Bearer"), secret
        assert (await answer(good))[0] == 200


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
