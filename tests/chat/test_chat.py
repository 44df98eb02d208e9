"""The chat of a deal: what was said comes first, then what is said, to those who may be there and in order."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from chat.seats import MAX_OF_PERSON
from domain.messages import HIDDEN
from store.people.grants import end_grant
from tests.chat.talking import Chats, connected


@pytest.mark.source("escrow deals:58-60", "escrow deals:63-65", "escrow deals:66", "escrow deals:69-73")
async def test_history_comes_first_then_what_is_said_and_other_chats_hear_nothing(chats: Chats) -> None:
    deal, other = await chats.shop.deal(), await chats.shop.deal()
    await chats.say(deal, chats.seller, "Hello")
    await chats.say(deal, chats.buyer, "Good morning")
    async with chats.at(deal, chats.buyer) as buyer, chats.at(other, chats.seller) as elsewhere:
        assert await buyer.texts(2) == ["Hello", "Good morning"]
        async with chats.at(deal, chats.seller) as seller:
            assert await seller.texts(2) == ["Hello", "Good morning"]
            answer = await buyer.say("Is it still there?")
            assert (answer["ok"], answer["message"]["number"], answer["message"]["author"]) == (True, 3, "buyer")
            for each in (buyer, seller):
                assert (await each.texts(3))[2:] == ["Is it still there?"]
            assert (await seller.say("Yes"))["message"]["author"] == "seller"
            assert await buyer.texts(4) == ["Hello", "Good morning", "Is it still there?", "Yes"]
        assert (await elsewhere.say("Another matter"))["message"]["number"] == 1
        assert await elsewhere.texts(1) == ["Another matter"]
    assert [one["number"] for one in buyer.heard] == [1, 2, 3, 4]
    assert {one["chat_id"] for one in buyer.heard} == {deal["id"]}
    assert await chats.stored(deal) == ["Hello", "Good morning", "Is it still there?", "Yes"]


async def test_who_comes_back_is_sent_only_what_is_missing(chats: Chats) -> None:
    deal = await chats.shop.deal()
    for number in range(1, 6):
        await chats.say(deal, chats.seller, f"message {number}")
    async with chats.at(deal, chats.buyer, after=3) as buyer:
        assert await buyer.texts(2) == ["message 4", "message 5"]
        await chats.say(deal, chats.seller, "message 6")
        assert (await buyer.texts(3))[2:] == ["message 6"]


async def test_everybody_hears_everything_once_and_in_order_while_others_speak(chats: Chats) -> None:
    deal = await chats.shop.deal()
    said, first = 40, await chats.say(deal, chats.seller, "0")
    assert first["number"] == 1

    async def come(delay_s: float) -> list[int]:
        await asyncio.sleep(delay_s)
        async with chats.at(deal, chats.buyer) as talker:
            await talker.texts(said + 1)
            return [one["number"] for one in talker.heard]

    async def speak() -> None:
        await asyncio.gather(*(chats.say(deal, chats.seller, str(number)) for number in range(1, said + 1)))

    coming = [come(pause / 50) for pause in range(6)]
    *heard, _ = await asyncio.gather(*coming, speak())
    assert heard == [list(range(1, said + 2))] * 6
    async with chats.at(deal, chats.seller) as seller:
        await seller.texts(said + 1)
        assert [one["number"] for one in seller.heard] == list(range(1, said + 2))


async def test_a_message_sent_again_is_stored_once_and_its_name_stands_for_one_text(chats: Chats) -> None:
    deal = await chats.shop.deal()
    async with chats.at(deal, chats.buyer) as buyer, chats.at(deal, chats.seller) as seller:
        first = await buyer.say("Hello", id="m-1")
        again = await asyncio.gather(*(buyer.say("Hello", id="m-1") for _ in range(3)))
        assert [one["message"] for one in again] == [first["message"]] * 3
        other = await buyer.say("Goodbye", id="m-1")
        assert (other["ok"], other["error"]["code"], other["error"]["field"]) == (False, "idempotency_key_reused", "id")
        assert (await seller.say("Hello", id="m-1"))["message"]["number"] == 2, "the name is the author's own"
        assert await seller.texts(2) == ["Hello", "Hello"]
    assert await chats.stored(deal) == ["Hello", "Hello"]


@pytest.mark.source("escrow deals:67-68")
async def test_what_breaks_a_rule_is_ignored_and_its_sender_is_told(chats: Chats) -> None:
    deal = await chats.shop.deal()
    bad: list[tuple[Any, str]] = [
        ({}, "missing_field"),
        ("Hello", "invalid_field"),
        (None, "invalid_field"),
        ({"text": 5}, "invalid_field"),
        ({"text": ""}, "invalid_field"),
        ({"text": " \u200b\n"}, "invalid_field"),
        ({"text": "x" * 4001}, "invalid_field"),
        ({"text": "\u202ereversed"}, "invalid_field"),
        ({"text": "Hello", "user_id": chats.seller.user_id}, "unknown_field"),
        ({"text": "Hello", "id": "a b"}, "invalid_field"),
    ]
    async with chats.at(deal, chats.buyer) as buyer, chats.at(deal, chats.seller) as seller:
        for sent, code in bad:
            answer = await buyer.call("message", sent)
            assert (answer["ok"], answer["error"]["code"]) == (False, code), sent
            assert "pattern" not in answer["error"]["detail"], sent
        assert (await buyer.call("message", {"text": "a"}, {"text": "b"}))["error"]["code"] == "invalid_field"
        for event in ("connect", "disconnect", "unheard-of"):
            await buyer.client.emit(event, {"token": chats.seller.token, "chat_id": deal["id"]})
        assert (await seller.say("x" * 4000))["ok"]
        assert await seller.texts(1) == ["x" * 4000]
    assert await chats.stored(deal) == ["x" * 4000]


async def test_a_code_is_left_out_before_the_message_is_stored(chats: Chats) -> None:
    deal = await chats.shop.deal()
    async with chats.at(deal, chats.buyer) as buyer, chats.at(deal, chats.seller) as seller:
        assert (await buyer.say("Order 2345-6789"))["message"]["masked"] is False
        payment = await chats.shop.payment(deal, "400.00")
        shown = await buyer.say("The code is 7k3m-9qxd", id="c-1")
        assert (shown["message"]["text"], shown["message"]["masked"]) == (f"The code is {HIDDEN}", True)
        assert (await buyer.say("The code is 7k3m-9qxd", id="c-1"))["message"] == shown["message"]
        assert (await chats.say(deal, chats.buyer, "7K3M 9QXD"))["text"] == HIDDEN
        assert await seller.texts(3) == ["Order 2345-6789", f"The code is {HIDDEN}", HIDDEN]
        await chats.shop.api.client.submit(payment["id"], "ABCD-EFGH")
        await chats.shop.debited(payment, 1)
        assert (await buyer.say("Track 7K3M-9QXD"))["message"]["text"] == "Track 7K3M-9QXD", "nothing awaits a code"
    written = await chats.shop.api.rows("SELECT body::text AS body FROM idempotency_answers WHERE noun = 'messages'")
    ours = [row.body for row in written if deal["id"] in row.body and "Track" not in row.body]
    assert len(ours) == 3 and not any("9qxd" in body.lower() for body in ours)


@pytest.mark.source("escrow deals:61-62")
async def test_without_a_right_to_be_there_the_connection_is_refused_by_name(chats: Chats) -> None:
    deal, nobodys = await chats.shop.deal(), str(uuid4())
    stranger = await chats.party(await chats.shop.api.client.user("Stranger", "stranger@example.test"))
    over = await chats.soon_over(chats.buyer, timedelta(seconds=-1))
    cases: list[tuple[object, str]] = [
        ({"token": chats.buyer.token, "chat_id": nobodys}, "unknown_deal"),
        ({"token": stranger.token, "chat_id": deal["id"]}, "unknown_deal"),
        ({"token": over.token, "chat_id": deal["id"]}, "bad_access_token"),
        ({"token": f"{chats.buyer.token}x", "chat_id": deal["id"]}, "bad_access_token"),
        ({"token": chats.shop.api.key, "chat_id": deal["id"]}, "bad_access_token"),
        ({"chat_id": deal["id"]}, "bad_access_token"),
        ({"token": chats.buyer.token}, "missing_field"),
        ({"token": chats.buyer.token, "chat_id": "1 OR 1=1"}, "invalid_field"),
        ({"token": chats.buyer.token, "chat_id": deal["id"], "after": -1}, "invalid_field"),
        ({"token": "x" * 3000, "chat_id": deal["id"]}, "invalid_field"),
        (["no", "object"], "invalid_field"),
        (None, "missing_field"),
    ]
    for auth, code in cases:
        async with connected(chats.address, auth) as talker:
            assert talker.refused is not None and talker.refused["message"] == code, auth
            assert talker.refused["data"]["code"] == code
    staff = await chats.staff()
    async with chats.at(deal, staff) as operator:
        assert operator.refused is not None and operator.refused["message"] == "chat_is_private"
    assert await chats.stored(deal) == []


async def test_an_operator_reads_while_there_is_a_dispute_and_that_is_written_down(chats: Chats) -> None:
    deal, staff = await chats.shop.inspected(), await chats.staff()
    await chats.say(deal, chats.buyer, "It is broken")
    await chats.shop.api.client.make(
        f"/deals/{deal['id']}/dispute", {"user_id": chats.buyer.user_id, "reason": "Broken"}
    )
    for _ in range(2):
        async with chats.at(deal, staff) as operator, chats.at(deal, chats.seller) as seller:
            assert (await operator.texts(1))[:1] == ["It is broken"]
            assert (await operator.say("I decide"))["error"]["code"] == "read_only"
            heard = len(operator.heard)
            await seller.say("It was not")
            assert (await operator.texts(heard + 1))[-1] == "It was not"
    query = "SELECT operator_id::text FROM chat_readings WHERE deal_id = CAST(:id AS uuid)"
    assert [row[0] for row in await chats.shop.api.rows(query, id=deal["id"])] == [staff.user_id] * 2
    events = [one["type"] for one in (await chats.shop.api.client.read(f"/deals/{deal['id']}/events"))["items"]]
    assert events.count("deal.chat_read") == 1
    async with chats.at(deal, staff) as operator:
        await operator.texts(3)
        retraction = {"user_id": chats.buyer.user_id}
        await chats.shop.api.client.make(f"/deals/{deal['id']}/dispute/retraction", retraction)
        assert await operator.sent_away() == "chat_is_private"


async def test_who_has_logged_out_is_sent_away_by_name_at_the_next_event(chats: Chats) -> None:
    deal = await chats.shop.deal()
    async with chats.at(deal, chats.buyer) as buyer, chats.at(deal, chats.seller) as seller:
        assert (await buyer.say("Hello", id="m-1"))["ok"]
        async with chats.people.database.transaction() as session:
            await end_grant(session, chats.buyer.granted.grant_id)
        await buyer.client.emit("message", {"text": "Hello", "id": "m-1"})  # a known name opens no door
        assert await buyer.sent_away() == "bad_access_token"
        assert (await seller.say("Hello?"))["ok"]
    assert await chats.stored(deal) == ["Hello", "Hello?"]


async def test_whose_token_ends_is_sent_away_by_name_without_any_event(chats: Chats) -> None:
    deal = await chats.shop.deal()
    soon = await chats.soon_over(chats.buyer, timedelta(seconds=4))
    async with chats.at(deal, soon) as buyer, chats.at(deal, chats.seller) as seller:
        assert buyer.refused is None
        assert await buyer.sent_away() == "bad_access_token"
        assert (await seller.say("Gone?"))["ok"] and not seller.gone.is_set()


async def test_a_person_has_so_many_connections_and_takes_none_from_others(chats: Chats) -> None:
    deal = await chats.shop.deal()
    here = [chats.at(deal, chats.buyer) for _ in range(MAX_OF_PERSON + 1)]
    talkers = [await one.__aenter__() for one in here]
    assert [one.refused and one.refused["message"] for one in talkers] == [None] * MAX_OF_PERSON + ["too_many_sockets"]
    async with chats.at(deal, chats.seller) as seller:
        assert seller.refused is None
    await here[0].__aexit__(None, None, None)
    while True:  # the server learns of it a moment later
        async with chats.at(deal, chats.buyer) as again:
            if again.refused is None:
                break
    for one in here[1:]:
        await one.__aexit__(None, None, None)


async def test_both_transports_serve_the_same_chat(chats: Chats) -> None:
    deal = await chats.shop.deal()
    auth = {"token": chats.buyer.token, "chat_id": deal["id"]}
    async with (
        connected(chats.address, auth, transports=["polling"]) as polling,
        connected(chats.address, auth, transports=["polling", "websocket"]) as upgraded,
        chats.at(deal, chats.seller) as seller,
    ):
        assert (await polling.say("By polling"))["ok"] and (await upgraded.say("Upgraded"))["ok"]
        for each in (polling, upgraded, seller):
            assert await each.texts(2) == ["By polling", "Upgraded"]
        assert upgraded.client.transport() == "websocket"
        async with chats.people.database.transaction() as session:
            await end_grant(session, chats.buyer.granted.grant_id)
        await polling.client.emit("message", {"text": "Gone?"})  # one that leaves by itself waits for its last poll
        assert await polling.sent_away() == "bad_access_token"
