"""Real requests about events and webhook endpoints."""

from __future__ import annotations

from sqlalchemy import text

from domain.webhooks import MAX_ENDPOINTS
from market.feed import number_all
from tests.fixtures.market_client import Json
from tests.openapi.exploring import Real
from tests.openapi.market_recipes import recipe
from tests.openapi.market_stand import Stand

ENDPOINT: Json = {"url": "https://shop.example/webhooks", "types": ["deal.funded"]}


async def _event(stand: Stand) -> str:
    await stand.shop.deal()
    await number_all(stand.shop.api.database)
    return str((await stand.shop.api.client.read("/events"))["items"][0]["id"])


async def _endpoint(stand: Stand) -> Json:
    """Room is made for it, if what explores the API has used it up."""
    api = stand.shop.api
    if len((await api.client.read("/webhook-endpoints"))["items"]) >= MAX_ENDPOINTS - 2:
        async with api.database.transaction() as session:
            await session.execute(
                text("UPDATE webhook_endpoints SET state = 'deleted', final_at = now() WHERE final_at IS NULL")
            )
    return await api.client.make("/webhook-endpoints", ENDPOINT)


@recipe("GET /events/{event_id}")
async def read_event(stand: Stand) -> Real:
    return Real(path={"event_id": await _event(stand)})


@recipe("POST /webhook-endpoints")
async def make_endpoint(stand: Stand) -> Real:
    await _endpoint(stand)
    return Real(body=ENDPOINT)


@recipe("GET /webhook-endpoints/{endpoint_id}")
@recipe("GET /webhook-endpoints/{endpoint_id}/deliveries")
@recipe("POST /webhook-endpoints/{endpoint_id}/deletion")
@recipe("POST /webhook-endpoints/{endpoint_id}/secrets")
@recipe("POST /webhook-endpoints/{endpoint_id}/tests")
async def about_an_endpoint(stand: Stand) -> Real:
    return Real(path={"endpoint_id": (await _endpoint(stand))["id"]})


@recipe("POST /webhook-endpoints/{endpoint_id}/test-clock")
async def advance_webhook_clock(stand: Stand) -> Real:
    endpoint = (await _endpoint(stand))["id"]
    # Nothing is due at it then, which nobody would send.
    await stand.shop.api.client.put(f"/webhook-endpoints/{endpoint}", ENDPOINT | {"enabled": False})
    return Real(path={"endpoint_id": endpoint}, body={"seconds": 1})


@recipe("PUT /webhook-endpoints/{endpoint_id}")
async def change_endpoint(stand: Stand) -> Real:
    return Real(path={"endpoint_id": (await _endpoint(stand))["id"]}, body=ENDPOINT | {"enabled": True})


@recipe("POST /webhook-endpoints/{endpoint_id}/redeliveries")
async def deliver_again(stand: Stand) -> Real:
    return Real(path={"endpoint_id": (await _endpoint(stand))["id"]}, body={"event_id": await _event(stand)})


@recipe("GET /webhook-deliveries/{delivery_id}")
async def read_delivery(stand: Stand) -> Real:
    path = f"/webhook-endpoints/{(await _endpoint(stand))['id']}/tests"
    return Real(path={"delivery_id": (await stand.shop.api.client.make(path, {}))["id"]})
