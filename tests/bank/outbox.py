"""The bank's outbox of webhooks as tests look at it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from domain.errors import Unauthenticated
from edge.webhooks import verify
from tests.fixtures.bank import RunningBank
from tests.fixtures.patience import until
from tests.fixtures.receiver import Received


async def register(bank: RunningBank, url: str) -> str:
    """Registers the shop's address; its signing secret."""
    answer = await bank.shop.put("/webhook-endpoint", json={"url": url})
    assert answer.is_success, answer.text
    secret: str = answer.json()["secret"]
    return secret


async def outbox(bank: RunningBank, key: str) -> list[dict[str, Any]]:
    async with bank.database.transaction() as session:
        rows = await session.execute(text("SELECT * FROM webhooks WHERE key = :key ORDER BY id"), {"key": key})
        return [dict(row) for row in rows.mappings()]


async def failed(bank: RunningBank, key: str, failure: str) -> None:
    """Returns once a try of the webhook about a key has failed in this way."""
    await until(lambda: outbox(bank, key), lambda rows: bool(rows) and rows[0]["failure"] == failure)


async def ended(bank: RunningBank, key: str) -> list[dict[str, Any]]:
    """The webhooks about a key once all of them are delivered or given up."""

    def all_ended(rows: list[dict[str, Any]]) -> bool:
        return bool(rows) and all(row["delivered_at"] or row["given_up_at"] for row in rows)

    return await until(lambda: outbox(bank, key), all_ended)


def believed(secret: str, message: Received) -> bool:
    try:
        verify([secret], message.headers, message.body)
    except Unauthenticated:
        return False
    return True
