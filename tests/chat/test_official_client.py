"""The official JavaScript client at a chat, as a marketplace's own pages would use it."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from store.people.grants import end_grant
from tests.chat.talking import PATIENCE_S, Chats
from tests.fixtures.market_client import Json

SCRIPT: Final = Path(__file__).with_name("official.js")


class Official:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def tell(self, what: Json) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what).encode() + b"\n")
        await self._process.stdin.drain()

    async def next(self) -> list[Any]:
        """What it reports next."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            line = await self._process.stdout.readline()
        said: list[Any] = json.loads(line)
        return said


@asynccontextmanager
async def official(official_client: Path, chats: Chats, auth: Json) -> AsyncIterator[Official]:
    process = await asyncio.create_subprocess_exec(
        "node",
        str(SCRIPT),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "NODE_PATH": str(official_client)},
    )
    client = Official(process)
    await client.tell({"address": chats.address, "auth": auth})
    yield client
    assert process.stdin is not None
    process.stdin.close()
    await process.wait()


async def test_the_official_client_reads_writes_and_is_sent_away_by_name(official_client: Path, chats: Chats) -> None:
    deal = await chats.shop.deal()
    await chats.say(deal, chats.seller, "Hello")
    auth = {"token": chats.buyer.token, "chat_id": deal["id"]}
    async with official(official_client, chats, auth) as buyer, chats.at(deal, chats.seller) as seller:
        assert await buyer.next() == ["connected"]
        assert await buyer.next() == ["message", 1, "Hello"]
        await buyer.tell({"text": "Good morning", "id": "m-1"})
        heard = [await buyer.next(), await buyer.next()]
        assert sorted(heard, key=str) == [["answer", True], ["message", 2, "Good morning"]]
        assert (await seller.say("Yes"))["ok"]
        assert await buyer.next() == ["message", 3, "Yes"]
        assert await seller.texts(3) == ["Hello", "Good morning", "Yes"]
        async with chats.people.database.transaction() as session:
            await end_grant(session, chats.buyer.granted.grant_id)
        assert await buyer.next() == ["closed", "bad_access_token"]
        assert await buyer.next() == ["disconnect", "io server disconnect"]


async def test_the_official_client_is_refused_by_name(official_client: Path, chats: Chats) -> None:
    deal = await chats.shop.deal()
    async with official(official_client, chats, {"token": "a.b.c", "chat_id": deal["id"]}) as client:
        said, code, problem = await client.next()
        assert (said, code, problem["status"]) == ("refused", "bad_access_token", 401)
