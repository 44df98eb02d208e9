"""One key, one answer: for every repeat, by any caller."""

from __future__ import annotations

import asyncio

import httpx

from tests.fixtures.market import Api
from tests.fixtures.market_client import new_key

ANNA = {"name": "Anna", "email": "anna@example.test", "reference": "anna"}


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
    assert bare.json()["detail"] == "The header Idempotency-Key is needed."
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
