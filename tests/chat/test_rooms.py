"""Rooms of several programs, and of one: what is passed on late, twice or not at all is heard once and in order."""

from __future__ import annotations

import asyncio

import httpx
import pytest
import socketio  # type: ignore[import-untyped]  # it has no type information
from pydantic import SecretStr

from chat.site import CHANNEL
from tests.chat.talking import Chats, connected
from tests.fixtures.market import RecordedSignals, ServedApi, market_settings, serving_api


async def test_two_programs_share_a_chat_through_redis(
    chats: Chats, served_api: tuple[ServedApi, RecordedSignals], redis: str
) -> None:
    deal, database = await chats.shop.deal(), chats.shop.api.test_database
    settings = market_settings(database, chat_redis_url=SecretStr(redis))
    async with (
        serving_api(database, settings, served_api[1]) as first,
        serving_api(database, settings, served_api[1]) as second,
        connected(first.address, {"token": chats.buyer.token, "chat_id": deal["id"]}) as buyer,
        connected(second.address, {"token": chats.seller.token, "chat_id": deal["id"]}) as seller,
    ):
        said = [f"message {number}" for number in range(1, 21)]
        for number, text in enumerate(said):
            assert (await (buyer, seller)[number % 2].say(text))["ok"]
        for each in (buyer, seller):
            assert await each.texts(20) == said
            assert [one["number"] for one in each.heard] == list(range(1, 21))
        # Long polling would reach another of them with each request.
        async with httpx.AsyncClient(trust_env=False) as browser:
            polled = await browser.get(f"{first.address}/socket.io/", params={"EIO": "4", "transport": "polling"})
        assert polled.status_code == 400
        # Said at a third program that passes nothing on: the others notice with the next one.
        await chats.say(deal, chats.buyer, "unnoticed")
        assert (await seller.say("noticed"))["ok"]
        for each in (buyer, seller):
            assert (await each.texts(22))[20:] == ["unnoticed", "noticed"]


async def test_a_message_sent_at_two_programs_under_one_name_is_stored_once(
    chats: Chats, served_api: tuple[ServedApi, RecordedSignals], redis: str
) -> None:
    deal, database = await chats.shop.deal(), chats.shop.api.test_database
    settings = market_settings(database, chat_redis_url=SecretStr(redis))
    auth = {"token": chats.buyer.token, "chat_id": deal["id"]}
    async with (
        serving_api(database, settings, served_api[1]) as first,
        serving_api(database, settings, served_api[1]) as second,
        connected(first.address, auth) as here,
        connected(second.address, auth) as there,
    ):
        names = [f"m-{number}" for number in range(10)]
        answers = await asyncio.gather(*(each.say(name, id=name) for name in names for each in (here, there)))
        assert all(answer["ok"] for answer in answers)
        assert [answers[place]["message"] for place in range(0, 20, 2)] == [
            answers[place]["message"] for place in range(1, 20, 2)
        ]
        for each in (here, there):
            assert await each.texts(10) == names
    assert await chats.stored(deal) == names


async def test_a_message_of_a_program_before_this_release_is_heard_once(
    chats: Chats, served_api: tuple[ServedApi, RecordedSignals], redis: str
) -> None:
    """It passes on each message for itself."""
    deal, database = await chats.shop.deal(), chats.shop.api.test_database
    settings = market_settings(database, chat_redis_url=SecretStr(redis))
    older = socketio.AsyncRedisManager(redis, CHANNEL, write_only=True)
    async with (
        serving_api(database, settings, served_api[1]) as served,
        connected(served.address, {"token": chats.buyer.token, "chat_id": deal["id"]}) as buyer,
    ):
        said = await chats.say(deal, chats.seller, "Hello")
        for _ in range(2):
            await older.emit("message", said, room=deal["id"])
        assert (await buyer.say("Good morning"))["ok"]
        assert await buyer.texts(2) == ["Hello", "Good morning"]
    await older.redis.aclose()


async def test_without_the_other_programs_a_message_is_read_when_one_comes_back(chats: Chats) -> None:
    deal, database = await chats.shop.deal(), chats.shop.api.test_database
    async with serving_api(database, market_settings(database), RecordedSignals(chats.shop.api.database)) as alone:
        auth = {"token": chats.buyer.token, "chat_id": deal["id"]}
        async with connected(alone.address, auth) as buyer, chats.at(deal, chats.seller) as seller:
            assert (await seller.say("elsewhere"))["ok"]
            assert (await buyer.say("here"))["ok"]
            assert await buyer.texts(2) == ["elsewhere", "here"]
            assert await seller.texts(1) == ["elsewhere"]
        async with chats.at(deal, chats.seller, after=1) as again:
            assert await again.texts(1) == ["here"]


@pytest.mark.source("escrow deals:50-57")
def test_the_library_has_no_kafka_for_asyncio() -> None:
    assert not issubclass(socketio.KafkaManager, socketio.AsyncManager)
    assert [name for name in dir(socketio) if "Kafka" in name] == ["KafkaManager"]
