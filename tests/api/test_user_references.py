"""Users under a marketplace's own reference: created once, changed afterwards, also by simultaneous requests."""

from __future__ import annotations

import asyncio

import pytest

from tests.fixtures.market import Api
from tests.fixtures.market_client import Json, new_key
from tests.fixtures.people import People


def person(name: str = "Nina", email: str = "nina@example.test", language: str = "en") -> Json:
    return {"name": name, "email": email, "language": language}


@pytest.mark.source("escrow deals:4")
async def test_the_first_request_creates_a_user_and_later_ones_change_them(api: Api) -> None:
    made = await api.client.put("/user-references/shop-17", person())
    changed = await api.client.put("/user-references/shop-17", person("Nina Neu", "neu@example.test", "ru"))
    same = await api.client.put("/user-references/shop-17", person("Nina Neu", "neu@example.test", "ru"))
    assert [reply.status_code for reply in (made, changed, same)] == [201, 200, 200]
    assert changed.json() == made.json() | {"name": "Nina Neu", "wanted_email": "neu@example.test", "language": "ru"}
    assert same.json() == changed.json()
    assert await api.count("users") == 1
    assert await api.client.read(f"/users/{made.json()['id']}") == changed.json()


async def test_a_repeat_under_the_same_key_changes_nothing_back(api: Api) -> None:
    key = new_key()
    first = await api.client.put("/user-references/shop-17", person(), key=key)
    await api.client.put("/user-references/shop-17", person("Nina Neu"))
    again = await api.client.put("/user-references/shop-17", person(), key=key)
    other = await api.client.put("/user-references/shop-17", person("Another"), key=key)
    assert (again.status_code, again.json(), again.headers["Idempotency-Replayed"]) == (201, first.json(), "true")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (await api.client.read(f"/users/{first.json()['id']}"))["name"] == "Nina Neu"


async def test_who_comes_ten_times_at_once_is_made_once(api: Api) -> None:
    replies = await asyncio.gather(
        *(api.client.put("/user-references/crowd", person(f"Nina {number}")) for number in range(10))
    )
    assert sorted(reply.status_code for reply in replies) == [200] * 9 + [201]
    assert len({reply.json()["id"] for reply in replies}) == 1
    assert await api.count("users") == 1


async def test_the_same_reference_of_another_marketplace_is_another_user(api: Api) -> None:
    other = await api.other_marketplace()
    mine = await api.client.put("/user-references/shop-17", person())
    theirs = await other.put("/user-references/shop-17", person("Somebody else"))
    await other.aclose()
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["id"] != theirs.json()["id"]
    assert (await api.client.read(f"/users/{mine.json()['id']}"))["name"] == "Nina"


async def test_a_user_made_with_a_reference_is_found_by_it(api: Api) -> None:
    made = await api.client.user("Nina", "nina@example.test", reference="shop-17")
    changed = await api.client.put("/user-references/shop-17", person("Nina Neu"))
    assert (changed.status_code, changed.json()["id"]) == (200, made["id"])


async def test_a_clients_login_survives_a_change_of_their_data(people: People) -> None:
    client = await people.client()
    await people.api.rows("UPDATE users SET reference = 'shop-9' WHERE id = :id RETURNING id", id=client.owner_id)
    changed = await people.api.client.put("/user-references/shop-9", person("Klara Neu", "klara@example.test"))
    assert (changed.status_code, changed.json()["name"]) == (200, "Klara Neu")
    assert await people.log_in.session(client.login, "correct horse battery", "192.0.2.3")


async def test_wrong_data_are_refused_by_the_name_of_the_field(api: Api) -> None:
    for reference, body, field in (
        ("x" * 201, person(), "reference"),
        ("shop-17", person() | {"name": ""}, "name"),
        ("shop-17", person() | {"email": "nobody"}, "email"),
        ("shop-17", person() | {"language": "de"}, "language"),
        ("shop-17", person() | {"reference": "shop-18"}, "reference"),
        ("shop-17", {"name": "Nina"}, "email"),
    ):
        reply = await api.client.put(f"/user-references/{reference}", body)
        assert (reply.status_code, reply.json()["field"]) == (422, field), body
    assert await api.count("users") == 0
