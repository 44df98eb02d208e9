"""What a chat asks of the database: one statement for who comes, two for what is said."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from edge.plain import Plain
from tests.chat.talking import Chats
from tests.fixtures.market_client import Json


@dataclass
class Sent:
    """What is sent to the database about messages, on the connections that chats use."""

    statements: list[tuple[str, str]] = field(default_factory=list)
    """The first word of each, and what it is about."""

    def about(self, deal: Json) -> list[str]:
        """The first words of those about a deal and of BEGIN and COMMIT: people of other chats may still be writing."""
        return [word for word, values in self.statements if not values or deal["id"] in values]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    found = Sent()

    def noting(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def note(self: Plain, *statement: Any) -> Any:
            if not statement:
                found.statements.append((method.__name__, ""))
            elif "messages" in statement[0]:
                found.statements.append((statement[0].split()[0], str(statement[1:])))
            return await method(self, *statement)

        return note

    for name in ("begin", "commit", "exec_driver_sql"):
        monkeypatch.setattr(Plain, name, noting(getattr(Plain, name)))
    return found


async def test_who_comes_takes_one_statement_and_what_they_say_two(chats: Chats, sent: Sent) -> None:
    deal = await chats.shop.deal()
    await chats.say(deal, chats.seller, "Hello")
    sent.statements.clear()
    async with chats.at(deal, chats.buyer) as buyer:
        assert await buyer.texts(1) == ["Hello"]
        assert sent.about(deal) == ["SELECT"]
        assert (await buyer.say("Good morning"))["ok"]
        assert sent.about(deal) == ["SELECT", "SELECT", "WITH"]
