"""The endpoint of the demo's marketplace: what it believes, and what it complains about."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
from holdfast_client.models.feed_actor_out import FeedActorOut
from holdfast_client.models.feed_actor_out_type import FeedActorOutType
from holdfast_client.models.feed_event_data_out import FeedEventDataOut
from holdfast_client.models.feed_event_out import FeedEventOut
from holdfast_client.models.noun import Noun
from standardwebhooks import Webhook

from demo.webhooks import Listener, complaints, receiving

SECRET = "whsec_" + "c2VjcmV0IG9mIGEgc2hvcCBmb3IgdGVzdHM="
SYSTEM = FeedActorOut(FeedActorOutType.SYSTEM, None)


def event(number: int, deal: str, **changes: Any) -> FeedEventOut:
    named: dict[str, Any] = {
        "id": f"event-{number}",
        "type_": "deal.funded",
        "api_version": "1",
        "timestamp": datetime(2026, 1, 31, tzinfo=UTC),
        "number": number,
        "actor": SYSTEM,
        "data": FeedEventDataOut(Noun.DEAL, deal, "funded", deal),
        "object_": None,
    }
    return FeedEventOut(**(named | changes))


FEED = [event(1, "one"), event(2, "two"), event(3, "one")]


def test_deals_may_overtake_each_other_and_a_deal_not_itself() -> None:
    first, other, second = FEED
    assert complaints(FEED, [other, first, second]) == []
    assert complaints(FEED, [second, other, first]) == ["event 1, deal.funded, came after 3"]


def test_what_is_missing_or_differs_from_the_feed_is_named() -> None:
    first, other, _ = FEED
    assert complaints(FEED, [first, other]) == ["event 3, deal.funded, did not come"]
    assert complaints(FEED, [first, other], since=3) == [], "what came before the endpoint was made is not sent to it"
    changed = event(3, "one", type_="deal.completed")
    assert complaints(FEED, [first, other, changed]) == ["event 3, deal.completed, is another one in the feed"]


async def test_a_message_is_kept_once_if_its_signature_is_right_and_else_never() -> None:
    listener = Listener(SECRET)
    message = FEED[0].to_dict()
    del message["object"]
    body, now = json.dumps(message), datetime.now(UTC)
    signature = Webhook(SECRET).sign("event-1", now, body)
    headers = {
        "webhook-id": "event-1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    transport = httpx.ASGITransport(receiving(listener))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as sender:
        answers = [
            await sender.post("/webhooks", content=content, headers=headers) for content in (body, body, f"{body} ")
        ]
    assert [answer.status_code for answer in answers] == [204, 204, 400]
    assert (listener.events, listener.again, listener.refused) == ([FEED[0]], 1, 1)
