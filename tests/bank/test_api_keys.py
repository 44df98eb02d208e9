"""API keys over REST: shown once, two live ones per name, revoked at once."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from sqlalchemy import text

from tests.fixtures.bank import RunningBank

NEW = {"name": "newcomer", "scopes": ["payments"]}


async def make(bank: RunningBank, body: dict[str, Any], key: str | None = None) -> httpx.Response:
    return await bank.admin.post("/api-keys", json=body, headers={"Idempotency-Key": key or bank.key("key")})


async def banks_seen_with(bank: RunningBank, secret: str) -> int:
    """The status of a harmless request with this key."""
    return (await bank.shop.get("/banks", headers={"Authorization": f"Bearer {secret}"})).status_code


async def test_a_key_is_shown_once_and_a_repeat_names_it_without_the_secret(bank: RunningBank) -> None:
    first, again = await make(bank, NEW, "key/1"), await make(bank, NEW, "key/1")
    secret = first.json()["secret"]
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json() | {"secret": None}
    assert secret.split("_")[2] == first.json()["prefix"]
    assert await banks_seen_with(bank, secret) == 200
    asked = await bank.get("/answers", key="key/1")
    assert asked["body"]["secret"] is None
    async with bank.database.transaction() as session:
        for table in ("answers", "api_keys", "requests"):
            rows = (await session.scalars(text(f"SELECT t::text FROM {table} t"))).all()
            assert rows
            assert not [row for row in rows if secret.split("_", 3)[3] in row], table
        assert await session.scalar(text("SELECT count(*) FROM api_keys WHERE name = 'newcomer'")) == 1


async def test_the_list_shows_every_key_without_its_secret(bank: RunningBank) -> None:
    made = (await make(bank, NEW | {"expires_in_days": 30})).json()
    keys = {item["name"]: item for item in (await bank.get("/api-keys"))["items"]}
    assert {"administrator", "shop", "newcomer"} <= set(keys)
    assert keys["newcomer"] == {name: value for name, value in made.items() if name != "secret"}
    assert keys["newcomer"]["expires_at"] > keys["newcomer"]["created_at"]
    first = await bank.get("/api-keys", limit=1)
    second = await bank.get("/api-keys", limit=1, after=int(first["next"]))
    assert first["items"] + second["items"] == (await bank.get("/api-keys", limit=2))["items"]


async def test_a_revoked_key_is_refused_by_the_next_request(bank: RunningBank) -> None:
    made = (await make(bank, NEW)).json()
    assert await banks_seen_with(bank, made["secret"]) == 200
    revoked = await bank.post(f"/api-keys/{made['id']}/revocation", {})
    assert revoked["revoked_at"] is not None
    assert await banks_seen_with(bank, made["secret"]) == 401
    again = await bank.post(f"/api-keys/{made['id']}/revocation", {})
    assert again == revoked
    nobody = await bank.admin.post("/api-keys/999999/revocation", json={}, headers={"Idempotency-Key": bank.key()})
    assert (nobody.status_code, nobody.json()["code"]) == (404, "unknown_api_key")


async def test_a_name_has_two_live_keys_at_most_also_in_parallel(bank: RunningBank) -> None:
    answers = await asyncio.gather(*(make(bank, NEW) for _ in range(8)))
    made = [answer.json() for answer in answers if answer.status_code == 201]
    refused = {(answer.status_code, answer.json()["code"]) for answer in answers if answer.status_code != 201}
    assert len(made) == 2
    assert refused == {(409, "too_many_keys")}
    for key in made:
        assert await banks_seen_with(bank, key["secret"]) == 200
    await bank.post(f"/api-keys/{made[0]['id']}/revocation", {})
    assert (await make(bank, NEW)).status_code == 201
    assert (await make(bank, NEW)).status_code == 409
    assert await bank.violations() == []


async def test_an_expired_key_makes_room_for_another(bank: RunningBank) -> None:
    first = (await make(bank, NEW | {"expires_in_days": 1})).json()
    assert (await make(bank, NEW)).status_code == 201
    async with bank.database.transaction() as session:
        await session.execute(
            text("UPDATE api_keys SET expires_at = clock_timestamp() WHERE id = :id"), {"id": first["id"]}
        )
    assert await banks_seen_with(bank, first["secret"]) == 401
    assert (await make(bank, NEW)).status_code == 201


async def test_wrong_names_scopes_and_lives_are_refused_by_name(bank: RunningBank) -> None:
    for body, field in (
        ({"name": "", "scopes": ["payments"]}, "name"),
        ({"name": "two\nlines", "scopes": ["payments"]}, "name"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["root"]}, "scopes.0"),
        ({"name": "x", "scopes": ["payments"], "expires_in_days": 0}, "expires_in_days"),
        ({"name": "x", "scopes": ["payments"], "secret": "mine"}, "secret"),
    ):
        answer = await make(bank, body)
        assert (answer.status_code, answer.json()["field"]) == (422, field)
