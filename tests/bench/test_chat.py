"""The benchmark of chats measures messages that are really stored and heard."""

from __future__ import annotations

import pytest
from sqlalchemy import text

import store
from bench.chat import chats
from bench.chat_load import LEAST, MOST
from tests.fixtures.databases import Databases, FreshDatabase


@pytest.mark.source("escrow deals:74-76")
async def test_connections_come_say_some_messages_and_go_and_nothing_is_lost(
    fresh_database: FreshDatabase, databases: Databases
) -> None:
    stored = await fresh_database("market", store.migrate)
    async with chats(databases.server, stored.name, 12) as made:
        found = (await made.round(12, 1, listeners=5)).round
        assert found.connected.count == 12
        assert LEAST * 12 <= found.stored.count <= MOST * 12
        async with databases.server.connect(stored.name) as connection:
            stored = await connection.scalar(text("SELECT count(*) FROM messages"))
        assert stored == found.stored.count
        assert found.delivered.count >= found.stored.count, "each sender hears each of its own messages"
        each_kb, _ = await made.open_at_once(10)
        assert each_kb < 10_000
