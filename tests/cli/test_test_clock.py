"""`holdfast test-clock`, against the API that it speaks to."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.fixtures.commands import holdfast
from tests.fixtures.shop import Shop


async def test_an_operator_moves_a_deals_time_from_a_terminal(shop: Shop) -> None:
    deal, other = await shop.deal(), await shop.deal()
    called = {"HOLDFAST_OPERATOR_KEY": shop.api.operator_key, "HOLDFAST_API_URL": shop.api.address}
    moved = await holdfast("test-clock", "advance", deal["id"], "86400", **called)
    real = datetime.fromisoformat((await shop.api.client.deal(other["id"]))["now"])
    assert moved.status == 0
    assert datetime.fromisoformat(moved.out) > real + timedelta(hours=23)
