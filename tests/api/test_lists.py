"""Lists that are read on by the last id: nothing is missed that is committed late, and nothing costs more for it."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from store.operations import settled
from store.people.users import create_user
from tests.fixtures.market import Api
from tests.fixtures.market_client import Json, MarketClient


async def _after(client: MarketClient, path: str, last: str | None) -> list[Json]:
    page = await client.read(f"{path}?limit=100" + (f"&after={last}" if last else ""))
    return list(page["items"])


async def test_who_reads_on_after_the_last_id_misses_no_row_that_is_committed_behind_a_later_one(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settled, "LOOKS", 2)  # the writer is not going to be ready
    async with AsyncSession(api.database.engine) as writer:
        slow = await create_user(writer, api.marketplace_id, name="Slow", email="s@example.test", reference=None)
        quick = await api.client.user("Quick", "quick@example.test")
        assert str(slow.id) < quick["id"]
        seen = await _after(api.client, "/users", None)
        await writer.commit()
    seen += await _after(api.client, "/users", seen[-1]["id"] if seen else None)
    assert [user["name"] for user in seen] == ["Slow", "Quick"]


async def test_a_read_right_after_a_write_sees_it(api: Api) -> None:
    for number in range(3):
        made = await api.client.user("Quick", f"quick-{number}@example.test")
        assert (await _after(api.client, "/users", None))[-1]["id"] == made["id"]
