"""What a chat asks of the database: one statement for who comes, two for what is said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from edge.plain import Plain
from tests.chat.talking import Chats


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is sent to the database about messages, on the connections that chats use: the first word of each."""
    found: list[str] = []

    def noting(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def note(self: Plain, *statement: Any) -> Any:
            if not statement or "messages" in statement[0]:
                found.append(statement[0].split()[0] if statement else method.__name__)
            return await method(self, *statement)

        return note

    for name in ("begin", "commit", "exec_driver_sql"):
        monkeypatch.setattr(Plain, name, noting(getattr(Plain, name)))
    return found


async def test_who_comes_takes_one_statement_and_what_they_say_two(chats: Chats, sent: list[str]) -> None:
    deal = await chats.shop.deal()
    await chats.say(deal, chats.seller, "Hello")
    sent.clear()
    async with chats.at(deal, chats.buyer) as buyer:
        assert await buyer.texts(1) == ["Hello"]
        assert sent == ["SELECT"]
        assert (await buyer.say("Good morning"))["ok"]
        assert sent == ["SELECT", "SELECT", "WITH"]
