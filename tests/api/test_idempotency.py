"""One key, one answer: for every repeat, by any caller."""

from __future__ import annotations

import asyncio

import httpx

from devstack.market_client import new_key
from tests.fixtures.market import Api
from tests.fixtures.shop import Shop

ANNA = {"name": "Anna", "email": "anna@example.test", "reference": "anna"}


async def test_the_same_key_and_body_get_the_same_answer_and_one_resource(api: Api) -> None:
    key = new_key()
    first, second = await api.client.post("/users", ANNA, key=key), await api.client.post("/users", ANNA, key=key)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert await api.count("users") == 1


async def test_parallel_requests_with_one_key_make_one_resource(api: Api) -> None:
    key = new_key()
    replies = await asyncio.gather(*(api.client.post("/users", ANNA, key=key) for _ in range(12)))
    codes = {reply.json().get("code", "made") for reply in replies}
    assert "made" in codes
    assert codes <= {"made", "request_in_progress"}
    assert len({reply.json()["id"] for reply in replies if reply.status_code == 201}) == 1
    assert await api.count("users") == 1


async def test_the_same_key_with_another_body_is_refused_and_the_first_answer_stays(api: Api) -> None:
    key = new_key()
    first = await api.client.post("/users", ANNA, key=key)
    other = await api.client.post("/users", ANNA | {"name": "Hanna"}, key=key)
    again = await api.client.post("/users", ANNA, key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert other.json()["field"] == "Idempotency-Key"
    assert again.json() == first.json()


async def test_the_same_key_and_body_at_another_address_are_refused(shop: Shop) -> None:
    key, deals = new_key(), [await shop.deal(), await shop.deal()]
    body = {"account_id": shop.account["id"]}
    first = await shop.api.client.post(f"/deals/{deals[0]['id']}/payments", body, key=key)
    second = await shop.api.client.post(f"/deals/{deals[1]['id']}/payments", body, key=key)
    assert (first.status_code, second.status_code) == (201, 422)
    assert second.json()["code"] == "idempotency_key_reused"


async def test_a_refused_key_stays_refused_when_the_state_has_changed(shop: Shop) -> None:
    client, key = shop.api.client, new_key()
    offer = await client.offer(shop.seller["id"], "10.00")
    body = {"offer_id": offer["id"], "buyer_id": shop.buyer["id"]}
    refused = await client.post("/deals", body, key=key)
    await shop.api.operator.moderate(offer["id"])
    again, fresh = await client.post("/deals", body, key=key), await client.post("/deals", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "offer_not_available")
    assert (again.status_code, again.json()) == (409, refused.json())
    assert again.headers["content-type"] == "application/problem+json"
    assert fresh.status_code == 201


async def test_wrong_input_does_not_use_a_key_up(api: Api) -> None:
    key = new_key()
    wrong = await api.client.post("/users", ANNA | {"email": "nowhere"}, key=key)
    right = await api.client.post("/users", ANNA, key=key)
    assert (wrong.status_code, right.status_code) == (422, 201)


async def test_keys_of_different_callers_do_not_meet(api: Api) -> None:
    key, other = new_key(), await api.other_marketplace()
    mine, theirs = await api.client.post("/users", ANNA, key=key), await other.post("/users", ANNA, key=key)
    await other.aclose()
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["id"] != theirs.json()["id"]


async def test_a_key_is_needed_and_must_be_plain(api: Api) -> None:
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {api.key}"}, trust_env=False) as client:
        bare = await client.post(f"{api.address}/api/v1/users", json=ANNA)
    spaced = await api.client.post("/users", ANNA, key="k k")
    long = await api.client.post("/users", ANNA, key="k" * 256)
    assert [reply.status_code for reply in (bare, spaced, long)] == [422] * 3
    assert {reply.json()["field"] for reply in (bare, spaced, long)} == {"Idempotency-Key"}
    assert (bare.json()["code"], long.json()["code"]) == ("missing_field", "invalid_field")
    assert await api.count("users") == 0


async def test_users_with_one_reference_made_in_parallel_are_one_user(api: Api) -> None:
    replies = await asyncio.gather(*(api.client.post("/users", ANNA) for _ in range(6)))
    assert sorted(reply.status_code for reply in replies) == [201] + [409] * 5
    assert {reply.json()["code"] for reply in replies if reply.status_code == 409} == {"user_exists"}


async def test_one_account_named_in_parallel_is_named_once(api: Api) -> None:
    user = await api.client.user("Anna", "anna@example.test")
    body = {"number": "001aaaaaaaaaa", "currency": "RUB", "payout": True}
    replies = await asyncio.gather(*(api.client.post(f"/users/{user['id']}/accounts", body) for _ in range(6)))
    assert sorted(reply.status_code for reply in replies) == [201] + [409] * 5
    assert {reply.json()["code"] for reply in replies if reply.status_code == 409} == {"account_exists"}
