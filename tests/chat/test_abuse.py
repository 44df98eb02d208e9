"""Sockets that do what no client does: they end or are slowed down, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from chat import watch
from domain.rate_limits import MESSAGES_OF_PERSON
from tests.chat.talking import PATIENCE_S, Chats, Party
from tests.fixtures.market_client import Json


@asynccontextmanager
async def opened(chats: Chats) -> AsyncIterator[ClientConnection]:
    """A web socket on which Engine.IO has begun and nobody has come to a chat yet."""
    url = f"{chats.address.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"
    async with connect(url, compression=None, proxy=None, close_timeout=1) as socket:
        assert str(await socket.recv()).startswith("0{")
        yield socket


@asynccontextmanager
async def joined(chats: Chats, deal: Json, party: Party) -> AsyncIterator[ClientConnection]:
    async with opened(chats) as socket:
        await socket.send("40" + json.dumps({"token": party.token, "chat_id": deal["id"]}))
        assert str(await socket.recv()).startswith("40{")
        yield socket


async def ended(socket: ClientConnection) -> int | None:
    """The code with which the server ends the connection."""
    async with asyncio.timeout(PATIENCE_S):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


async def test_a_frame_of_a_megabyte_ends_its_own_socket_only(chats: Chats) -> None:
    deal = await chats.shop.deal()
    async with joined(chats, deal, chats.buyer) as socket, chats.at(deal, chats.seller) as seller:
        await socket.send("42" + json.dumps(["message", {"text": "x" * 1_000_000}]))
        assert await ended(socket) == 1009
        assert (await seller.say("Still here"))["ok"]
    async with joined(chats, deal, chats.buyer) as socket, chats.at(deal, chats.seller) as seller:
        await socket.send(iter(["x" * 30_000] * 40))  # in pieces
        assert await ended(socket) == 1009
        assert (await seller.say("Still here"))["ok"]
    assert await chats.stored(deal) == ["Still here"] * 2


async def test_a_flood_is_read_slowly_and_stores_no_more_than_a_person_may_say(chats: Chats) -> None:
    deal, other = await chats.shop.deal(), await chats.shop.deal()
    async with joined(chats, deal, chats.buyer) as socket, chats.at(other, chats.seller) as seller:
        flood = [socket.send("42" + json.dumps(["message", {"text": f"flood {number}"}])) for number in range(2_000)]
        flooding = asyncio.ensure_future(asyncio.gather(*flood, return_exceptions=True))
        for number in range(20):
            assert (await seller.say(f"unhindered {number}"))["ok"]
        flooding.cancel()
    assert len(await chats.stored(other)) == 20
    assert len(await chats.stored(deal)) <= MESSAGES_OF_PERSON.most


async def test_a_person_may_say_so_much_in_a_minute_by_whatever_way(chats: Chats) -> None:
    deal, client = await chats.shop.deal(), chats.shop.api.client
    path, body = f"/deals/{deal['id']}/messages", {"user_id": chats.buyer.user_id, "text": "Hello"}
    replies = await asyncio.gather(*(client.post(path, body) for _ in range(MESSAGES_OF_PERSON.most + 5)))
    assert sorted(reply.status_code for reply in replies) == [201] * MESSAGES_OF_PERSON.most + [429] * 5
    refused = next(reply for reply in replies if reply.status_code == 429)
    assert (refused.json()["code"], refused.headers["retry-after"]) == ("too_many_messages", "60")
    async with chats.at(deal, chats.buyer) as buyer, chats.at(deal, chats.seller) as seller:
        assert (await buyer.say("Hello"))["error"]["code"] == "too_many_messages"
        assert (await seller.say("Hello"))["ok"]
    ago = "UPDATE messages SET created_at = created_at - interval '1 minute' WHERE author_id = CAST(:id AS uuid)"
    await chats.as_owner(ago, id=chats.buyer.user_id)
    async with chats.at(deal, chats.buyer) as buyer:
        assert (await buyer.say("Again"))["ok"]


@pytest.mark.parametrize(
    "packet", ["4x", "42{", "42[]", "42[1]", '451-["message",{"_placeholder":true,"num":0}]', "41x"]
)
async def test_what_is_no_packet_of_a_chat_stores_nothing_and_hinders_nobody(chats: Chats, packet: str) -> None:
    deal = await chats.shop.deal()
    async with joined(chats, deal, chats.buyer) as socket, chats.at(deal, chats.seller) as seller:
        await socket.send(packet)
        await socket.send(b"\x00" * 100)
        assert (await seller.say("Still here"))["ok"]
        assert await seller.texts(1) == ["Still here"]
    assert await chats.stored(deal) == ["Still here"]


async def test_a_socket_on_which_nobody_comes_to_a_chat_is_cut_off(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "COME_WITHIN_S", 1.0)
    deal = await chats.shop.deal()
    async with opened(chats) as idle, opened(chats) as refused, chats.at(deal, chats.seller) as seller:
        await refused.send("40" + json.dumps({"token": "a.b.c", "chat_id": deal["id"]}))
        assert '"bad_access_token"' in str(await refused.recv())
        await asyncio.gather(ended(refused), ended(idle))
        assert (await seller.say("Still here"))["ok"]


async def test_another_site_cannot_use_the_session_of_a_browser(chats: Chats) -> None:
    url = f"{chats.address.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"
    with pytest.raises(Exception, match="HTTP 403"):
        async with connect(url, origin="https://evil.example", proxy=None):  # type: ignore[arg-type]  # a plain text
            pass
