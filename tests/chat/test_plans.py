"""No statement of a chat reads a growing table whole."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from store.deals.messages import note_unread
from tests.chat.talking import Chats, chats_of
from tests.fixtures.databases import TestDatabase
from tests.fixtures.growth import collected, whole_reads
from tests.fixtures.market import RecordedSignals, calling, market_settings, serving_api
from tests.fixtures.people import people_of
from tests.fixtures.shop import open_shop


async def test_no_statement_of_a_chat_reads_a_growing_table_whole(
    api_database: TestDatabase, hashed_password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    signaller = RecordedSignals()
    with collected(monkeypatch) as statements:
        async with (
            serving_api(api_database, market_settings(api_database), signaller) as served,
            calling(served) as api,
        ):
            signaller.database = served.database
            chats = await chats_of(await open_shop(api), people_of(api, hashed_password))
            await _talk(chats)
    found = await whole_reads(api_database.superuser_url, statements)
    ours = {sql: tables for sql, tables in found.items() if "chat" in sql or "messages" in sql}
    assert ours == {}, "\n\n".join(f"{tables}: {sql}" for sql, tables in ours.items())


async def _talk(chats: Chats) -> None:
    """Everything that a chat is asked, by every way."""
    deal, staff = await chats.shop.inspected(), await chats.staff()
    await chats.say(deal, chats.seller, "Hello")
    async with chats.at(deal, chats.buyer) as buyer:
        assert await buyer.texts(1) == ["Hello"]
        assert (await buyer.say("Good morning", id="m-1"))["ok"]
        assert (await buyer.call("read", {"number": 1}))["ok"]
    about = f"/deals/{deal['id']}"
    await chats.shop.api.client.read(f"{about}/messages")
    await chats.shop.api.client.read(f"{about}/chat")
    await chats.shop.api.client.make(f"{about}/chat/reading", {"user_id": chats.seller.user_id, "number": 2})
    await chats.shop.api.client.make(f"{about}/dispute", {"user_id": chats.buyer.user_id, "reason": "Broken"})
    async with chats.at(deal, staff) as operator:
        assert await operator.texts(2) == ["Hello", "Good morning"]
    await chats.say(deal, chats.seller, "Hello?")
    async with chats.people.database.transaction() as session:
        await session.execute(text("UPDATE chat_sides SET mail_at = clock_timestamp() WHERE mail_at IS NOT NULL"))
        assert await note_unread(session, 10) == 1
