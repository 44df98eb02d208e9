"""The story of a webhook endpoint: a failed try, a pause, and everything delivered."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from domain.webhooks import DeliveryState
from tests.fixtures.listening import Listener
from tests.fixtures.receiver import answers, receiving
from tests.fixtures.sagas import Market, eventually
from tests.replay.stories import Ids, story


@story("events-delivered", {"endpoint-1": "enabled"}, {"endpoint-1": '"failed":1'})
async def events_delivered(market: Market) -> Ids:
    shop = Listener(market)
    async with receiving() as receiver:
        receiver.answers = [answers(503)]
        endpoint = await shop.endpoint(receiver.url)
        await shop.happen(uuid4())
        await eventually(lambda: market.now(endpoint), lambda found: found.failures == 1, "the first failure")
        await market.pass_time(endpoint, timedelta(seconds=10))
        await shop.until(endpoint, DeliveryState.DELIVERED)
    workflow = market.workflow(endpoint)
    await market.environment.fast_forward(workflow, timedelta(minutes=1))
    await eventually(workflow.describe, lambda seen: seen.close_time is not None, "the workflow to end")
    return {"endpoint-1": workflow.id}
