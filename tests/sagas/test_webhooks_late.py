"""A webhook endpoint whose workflow has died, while something is due, is named until it is sent again."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from domain.webhooks import DeliveryState
from store.operations.webhook_alarms import LATE_AFTER_S
from tests.fixtures.listening import Listener
from tests.fixtures.receiver import Receiver, answers, receiver_fixture
from tests.fixtures.sagas import Market, eventually

__all__ = ["receiver_fixture"]


async def test_an_endpoint_whose_workflow_has_died_is_named_until_another_one_delivers(
    market: Market, receiver: Receiver
) -> None:
    shop = Listener(market)
    endpoint = await shop.endpoint(receiver.url)
    receiver.always = answers(503)
    await shop.happen(uuid4())
    await eventually(lambda: market.now(endpoint), lambda seen: seen.failures == 1, "a failure")
    await market.workflow(endpoint).terminate("by an operator")
    receiver.always = answers(204)
    await market.set_clock(endpoint, timedelta(seconds=LATE_AFTER_S + 60))
    assert await shop.late() == [f"webhook endpoint {endpoint.id} is not sent what is due"]
    await market.redrive()
    await shop.until(endpoint, DeliveryState.DELIVERED)
    assert await shop.late() == []
