"""The marketplace's own webhook endpoint: each message is verified as it comes, and all are held against the feed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from holdfast_client.api.events import list_feed_events
from holdfast_client.api.webhooks import create_webhook_endpoint, update_webhook_endpoint
from holdfast_client.models.feed_event_out import FeedEventOut
from holdfast_client.models.webhook_endpoint_change_in import WebhookEndpointChangeIn
from holdfast_client.models.webhook_endpoint_in import WebhookEndpointIn
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demo.market import Market
from devstack.ports import HOST
from edge.serving import serving

PAGE: Final = 100
LOOK_EVERY_S: Final = 0.1
WITHIN_S: Final = 180.0  # a worker may have been killed a moment ago, and the machine be busy


@dataclass
class Listener:
    """What came to the endpoint. Standard Webhooks: the same event may come again, under the same id."""

    secret: str = ""
    since: int = 0
    """The feed's last number when the endpoint was made: what came before that is not sent to it."""
    events: list[FeedEventOut] = field(default_factory=list)
    """Each once, in the order in which they first came."""
    again: int = 0
    refused: int = 0
    """Messages that the published library did not believe."""
    some: asyncio.Event = field(default_factory=asyncio.Event)
    _seen: set[str] = field(default_factory=set)

    async def take(self, request: Request) -> Response:
        try:
            message = Webhook(self.secret).verify(await request.body(), dict(request.headers))
        except WebhookVerificationError:
            self.refused += 1
            return Response(status_code=400)
        event = FeedEventOut.from_dict({**message, "object": None})  # a message has none
        if event.id in self._seen:
            self.again += 1
        else:
            self._seen.add(event.id)
            self.events.append(event)
            self.some.set()
        return Response(status_code=204)


def receiving(listener: Listener) -> Starlette:
    return Starlette(routes=[Route("/webhooks", listener.take, methods=["POST"])])


@asynccontextmanager
async def listening(market: Market) -> AsyncIterator[Listener]:
    """Listens to every event of the marketplace. At the end of the block its endpoint is disabled, and kept."""
    listener = Listener()
    async with serving(receiving(listener), HOST, 0) as address:
        url = f"{address}/webhooks"
        endpoint = await market.make(create_webhook_endpoint.asyncio_detailed, body=WebhookEndpointIn(url))
        listener.secret = endpoint.secret
        listener.since = max((event.number for event in await _news(market, 0)), default=0)
        yield listener
        change = WebhookEndpointChangeIn(url, enabled=False)
        await market.make(update_webhook_endpoint.asyncio_detailed, endpoint.id, body=change)


async def hear_out(market: Market, listener: Listener) -> tuple[str, list[str]]:
    """Waits until everything in the feed has come. What came, as a sentence, and what was wrong about it."""
    feed: list[FeedEventOut] = []
    give_up = time.monotonic() + WITHIN_S
    while True:
        feed += await _news(market, feed[-1].number if feed else 0)
        due = {event.id for event in feed if event.number > listener.since}
        if due <= {event.id for event in listener.events} or time.monotonic() > give_up:
            break
        await asyncio.sleep(LOOK_EVERY_S)
    wrong = complaints(feed, listener.events, listener.since)
    if listener.refused:
        wrong.append(f"{listener.refused} messages had a wrong signature")
    deals = len({event.data.deal_id for event in listener.events} - {None})
    heard = len(due & {event.id for event in listener.events})
    came = f"{heard} of {len(due)} events of {deals} deals came to the marketplace's endpoint"
    again = f"; {listener.again} came again" if listener.again else ""
    return (came + again) if wrong else f"{came}: each verified, none missing, each deal in order{again}", wrong


def complaints(feed: Sequence[FeedEventOut], came: Sequence[FeedEventOut], since: int = 0) -> list[str]:
    """What is missing of the feed after number `since`, differs from it, or came before an earlier one of its deal."""
    known = {event.id: event for event in feed}
    missing = {event.id for event in feed if event.number > since} - {event.id for event in came}
    wrong = [f"event {known[id_].number}, {known[id_].type_}, did not come" for id_ in sorted(missing)]
    lanes: dict[str, list[FeedEventOut]] = {}
    for event in came:
        if known.get(event.id) != event:
            wrong.append(f"event {event.number}, {event.type_}, is another one in the feed")
        lanes.setdefault(event.data.deal_id or event.data.id, []).append(event)
    for lane in lanes.values():
        wrong += [
            f"event {late.number}, {late.type_}, came after {early.number}"
            for early, late in pairwise(lane)
            if late.number < early.number
        ]
    return wrong


async def _news(market: Market, after: int) -> list[FeedEventOut]:
    found: list[FeedEventOut] = []
    while True:
        page = await market.read(list_feed_events.asyncio_detailed, after=after, limit=PAGE)
        found += page.items
        if page.next_ is None:
            return found
        after = page.next_
