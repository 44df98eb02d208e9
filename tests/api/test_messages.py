"""Messages of a deal over REST: pages of them, what is unread, the mail about it, and who may read."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import text

from domain.messages import HIDDEN
from tests.fixtures.letters import Letters
from tests.fixtures.shop import Shop


async def write(shop: Shop, deal_id: str, user_id: str, *texts: str) -> None:
    for each in texts:
        await shop.api.client.make(f"/deals/{deal_id}/messages", {"user_id": user_id, "text": each})


async def test_messages_are_listed_in_pages_and_counted_until_they_are_read(shop: Shop) -> None:
    client, deal = shop.api.client, await shop.deal()
    path, buyer, seller = f"/deals/{deal['id']}", shop.buyer["id"], shop.seller["id"]
    assert (await client.read(f"{path}/messages"))["items"] == []
    assert (await client.read(f"{path}/chat"))["messages"] == 0
    await write(shop, deal["id"], seller, "one", "two", "three")
    await write(shop, deal["id"], buyer, "four")
    first = await client.read(f"{path}/messages", limit=3)
    rest = await client.read(f"{path}/messages", limit=3, after=first["next"])
    assert [one["text"] for one in first["items"] + rest["items"]] == ["one", "two", "three", "four"]
    assert ([one["number"] for one in first["items"]], first["next"], rest["next"]) == ([1, 2, 3], "3", None)

    async def sides() -> list[tuple[str, int, int]]:
        chat = await client.read(f"{path}/chat")
        return [(side["party"], side["read"], side["unread"]) for side in chat["sides"]]

    assert await sides() == [("buyer", 0, 3), ("seller", 0, 1)]
    await client.make(f"{path}/chat/reading", {"user_id": buyer, "number": 2})
    assert await sides() == [("buyer", 2, 1), ("seller", 0, 1)]
    await client.make(f"{path}/chat/reading", {"user_id": buyer, "number": 1})
    assert await sides() == [("buyer", 2, 1), ("seller", 0, 1)], "what was read stays read"
    read = await client.make(f"{path}/chat/reading", {"user_id": buyer, "number": 4})
    assert [side["unread"] for side in read["sides"]] == [0, 1]
    too_far = await client.post(f"{path}/chat/reading", {"user_id": buyer, "number": 5})
    assert (too_far.status_code, too_far.json()["code"]) == (404, "unknown_message")


async def test_a_repeated_request_is_one_message_and_others_are_refused_by_name(shop: Shop) -> None:
    client, deal = shop.api.client, await shop.deal()
    path = f"/deals/{deal['id']}/messages"
    body = {"user_id": shop.buyer["id"], "text": "Hello"}
    first, again = [await client.post(path, body, key=f"say-{deal['id']}") for _ in range(2)]
    other = await client.post(path, {**body, "text": "Goodbye"}, key=f"say-{deal['id']}")
    assert (first.json(), first.status_code, again.status_code) == (again.json(), 201, 201)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    outsider = await client.user("Olga", "olga@example.test")
    cases = [
        ({**body, "user_id": outsider["id"]}, 409, "not_a_party"),
        ({**body, "text": ""}, 422, "invalid_field"),
        ({**body, "text": "x" * 4001}, 422, "invalid_field"),
        ({"text": "Hello"}, 422, "missing_field"),
    ]
    for wrong, status, code in cases:
        refused = await client.post(path, wrong)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    nowhere = await client.post("/deals/00000000-0000-7000-8000-000000000000/messages", body)
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "unknown_deal")
    assert [one["text"] for one in (await client.read(path))["items"]] == ["Hello"]


async def test_a_chat_that_is_full_takes_no_more(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    deal = await shop.deal()
    monkeypatch.setattr("domain.messages.MAX_MESSAGES", 2)
    await write(shop, deal["id"], shop.buyer["id"], "one", "two")
    full = await shop.api.client.post(f"/deals/{deal['id']}/messages", {"user_id": shop.seller["id"], "text": "three"})
    assert (full.status_code, full.json()["code"]) == (409, "chat_full")


async def test_an_operator_reads_only_what_is_disputed_and_every_look_is_recorded(shop: Shop) -> None:
    deal = await shop.inspected()
    path = f"/deals/{deal['id']}/messages"
    await write(shop, deal["id"], shop.buyer["id"], "It is broken")
    private = await shop.api.operator.get(path)
    assert (private.status_code, private.json()["code"]) == (403, "chat_is_private")
    await shop.api.client.make(f"/deals/{deal['id']}/dispute", {"user_id": shop.buyer["id"], "reason": "Broken"})
    for _ in range(2):
        assert [one["text"] for one in (await shop.api.operator.read(path))["items"]] == ["It is broken"]
    looks = await shop.api.rows("SELECT id FROM chat_readings WHERE deal_id = :id", id=UUID(deal["id"]))
    assert len(looks) == 2
    await shop.api.client.make(f"/deals/{deal['id']}/dispute/retraction", {"user_id": shop.buyer["id"]})
    assert (await shop.api.operator.get(path)).status_code == 403


async def test_what_stays_unread_is_mailed_once_until_it_is_read(letters: Letters) -> None:
    shop, deal = letters.shop, letters.deal_id

    async def later() -> list[tuple[str, str]]:
        async with shop.api.database.transaction() as session:
            due = "UPDATE chat_sides SET mail_at = clock_timestamp() WHERE mail_at IS NOT NULL"
            await session.execute(text(due))
        return await letters.received()

    await write(shop, deal, shop.seller["id"], "Hello", "Are you there?")
    assert await letters.received() == [], "it is not unread for long yet"
    assert await later() == [("buyer", "Новые сообщения о сделке «A thing»")]
    await write(shop, deal, shop.seller["id"], "Hello?")
    assert await later() == [], "one mail until the buyer has read"
    await shop.api.client.make(f"/deals/{deal}/chat/reading", {"user_id": shop.buyer["id"], "number": 3})
    await write(shop, deal, shop.buyer["id"], "Yes")
    await write(shop, deal, shop.seller["id"], "Good")
    assert sorted(await later()) == [
        ("buyer", "Новые сообщения о сделке «A thing»"),
        ("seller", "New messages about “A thing”"),
    ]
    await shop.api.client.make(f"/deals/{deal}/chat/reading", {"user_id": shop.buyer["id"], "number": 5})
    await write(shop, deal, shop.seller["id"], "Until tomorrow")
    await shop.api.client.make(f"/deals/{deal}/chat/reading", {"user_id": shop.buyer["id"], "number": 6})
    assert await later() == [], "read in time"


async def test_a_mail_does_not_repeat_what_was_said(letters: Letters) -> None:
    shop = letters.shop
    await write(shop, letters.deal_id, shop.buyer["id"], "A secret", "Another")
    async with shop.api.database.transaction() as session:
        await session.execute(text("UPDATE chat_sides SET mail_at = clock_timestamp() WHERE mail_at IS NOT NULL"))
    [mail] = await letters.news()
    assert "secret" not in f"{mail.subject}{mail.text}" and "have not read: 2" in mail.text


async def test_what_looks_like_a_code_is_hidden_while_one_is_awaited(shop: Shop) -> None:
    deal = await shop.deal()
    await shop.payment(deal)
    path, body = f"/deals/{deal['id']}/messages", {"user_id": shop.buyer["id"], "text": "7K3M-9QXD"}
    made = await shop.api.client.make(path, body)
    assert (made["text"], made["masked"]) == (HIDDEN, True)
