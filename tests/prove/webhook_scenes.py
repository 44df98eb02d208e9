"""A marketplace learns of its deals, while workers die that number events, send them, and record what was sent."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import text

from market.webhooks import delete
from store.operations.webhooks import WebhookEndpoint
from tests.fixtures.listening import Listener
from tests.fixtures.receiver import Received, receiving
from tests.prove.play import Play
from tests.prove.rig import Rig
from tests.prove.scenes import Scene, step, transaction
from tests.prove.watch import PATIENCE_S

SENT_NOT_RECORDED = "deliver_webhooks:after-effect"
_EVENTS = text("SELECT id, coalesce(deal_id, object_id) AS lane, number FROM feed_events WHERE marketplace_id = :id")
_STATES = text("SELECT state FROM webhook_deliveries WHERE endpoint_id = :id")


@asynccontextmanager
async def listening(rig: Rig) -> AsyncIterator[None]:
    """All that happens meanwhile, in a new marketplace, reaches its endpoint; those of one deal in order.

    What is sent again has the name and the words that it had, and nothing is given up.
    """
    await rig.open_marketplace()
    shop = Listener(rig.market)
    async with receiving() as receiver:
        endpoint = await shop.endpoint(receiver.url)
        yield
        await _until_delivered(rig, shop, endpoint)
        await _compare(rig, shop, endpoint, receiver.received)
        async with rig.market.database.transaction() as session:
            outcome = await delete(session, shop.actor, endpoint.id)
        await shop.act(outcome)


async def listened_to(rig: Rig) -> Play:
    """A deal that is paid and one that expires, and all that their marketplace learns of them."""
    async with listening(rig):
        play, unpaid = await Play.begin(rig, 500_00, 500), await Play.begin(rig, 100_00, 500)
        await play.submit(await play.pay(500_00))
        await asyncio.gather(play.finish(), unpaid.finish())
    return play


async def _until_delivered(rig: Rig, shop: Listener, endpoint: WebhookEndpoint) -> None:
    """Nothing is without a number, and nothing waits."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with rig.market.database.transaction() as session:
                numbers = [row.number for row in await session.execute(_EVENTS, {"id": shop.actor.marketplace_id})]
                states = list(await session.scalars(_STATES, {"id": endpoint.id}))
            if None not in numbers and len(states) == len(numbers) and "waiting" not in states:
                return
            await asyncio.sleep(0.2)


async def _compare(rig: Rig, shop: Listener, endpoint: WebhookEndpoint, received: Sequence[Received]) -> None:
    async with rig.market.database.transaction() as session:
        events = {row.id: row for row in await session.execute(_EVENTS, {"id": shop.actor.marketplace_id})}
        states = set(await session.scalars(_STATES, {"id": endpoint.id}))
    bodies: defaultdict[UUID, set[bytes]] = defaultdict(set)
    first: defaultdict[UUID, list[int]] = defaultdict(list)
    for message in received:
        name = UUID(message.headers["webhook-id"])
        assert json.loads(message.body)["id"] == str(name), "a message has another event's name"
        if name not in bodies:
            first[events[name].lane].append(events[name].number)
        bodies[name].add(message.body)
    assert states == {"delivered"}, f"deliveries ended as {states}"
    assert bodies.keys() == events.keys(), f"{len(events)} events, of which {len(bodies)} were received"
    assert all(len(same) == 1 for same in bodies.values()), "what was sent again had other words"
    assert all(numbers == sorted(numbers) for numbers in first.values()), f"out of order within a deal: {dict(first)}"
    rig.figures.webhooks += len(bodies)
    rig.figures.duplicate_webhooks += len(received) - len(bodies)


SCENES = (Scene(listened_to, [*transaction("keep_feeds"), *step("deliver_webhooks")]),)
