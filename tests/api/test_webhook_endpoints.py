"""Webhook endpoints over REST: the guide is true, addresses inside are refused, secrets are for their owner alone."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import text

from domain.webhooks import GIVE_UP_AFTER_S, LONGEST_PAUSE_S, MAX_ENDPOINTS, PAUSES_S, down_s, pause_s
from edge.sealing import Sealer
from market.feed import number_all
from market.webhook_deliveries import Tried, next_batch, record
from store.operations.webhook_alarms import LATE_AFTER_S, webhook_alarms
from tests.fixtures.market import Api, RecordedSignals
from tests.fixtures.market_client import Json, new_key
from tests.fixtures.shop import Shop

GUIDE: Final = Path(__file__).parents[2] / "docs" / "webhooks.md"
REQUEST: Final = re.compile(r"```http\n(GET|POST|PUT) (\S+)\n(?:(\{.*\})\n)?-> (\d{3}) (\{.*\})(?: as (\w+))?\n```")
ENDPOINT: Final = {"url": "https://shop.example/webhooks"}


async def test_every_request_of_the_guide_is_answered_as_it_says(api: Api) -> None:
    requests = REQUEST.findall(GUIDE.read_text())
    assert len(requests) == GUIDE.read_text().count("```http") > 5
    ids: dict[str, str] = {}
    for method, path, body, status, answer, name in requests:
        address = re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], path)
        send = {"POST": api.client.post, "PUT": api.client.put}
        reply = await (api.client.get(address) if method == "GET" else send[method](address, json.loads(body)))
        shown = reply.json()
        assert reply.status_code == int(status), (path, shown)
        for field, value in json.loads(answer).items():
            assert shown[field] == value, (path, field, shown)
        if name:
            ids[name] = shown["id"]


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/webhooks", "https://10.0.0.7/", "https://127.0.0.2/", "https://[::ffff:10.0.0.7]/",
        "https://169.254.169.254/latest", "https://localhost/", "https://user:secret@shop.example/", "ftp://shop.example/",
    ],
)  # fmt: skip
async def test_an_address_that_is_not_https_and_public_is_refused(api: Api, url: str) -> None:
    reply = await api.client.post("/webhook-endpoints", {"url": url})
    assert (reply.status_code, reply.json()["code"], reply.json()["field"]) == (422, "bad_url", "url")


async def test_a_secret_is_in_no_list_is_sealed_at_rest_and_is_shown_again_only_to_the_same_request(api: Api) -> None:
    key = new_key()
    made = (await api.client.post("/webhook-endpoints", ENDPOINT, key=key)).json()
    assert made["secret"].startswith("whsec_")
    assert (await api.client.post("/webhook-endpoints", ENDPOINT, key=key)).json() == made
    rotated = (await api.client.post(f"/webhook-endpoints/{made['id']}/secrets", {})).json()
    assert rotated["secret"] != made["secret"] and rotated["old_secret_until"] is not None
    read = [await api.client.read("/webhook-endpoints"), await api.client.read(f"/webhook-endpoints/{made['id']}")]
    assert "whsec_" not in json.dumps(read)
    [(stored,)] = await api.rows("SELECT w::text FROM webhook_endpoints w WHERE id = :id", id=made["id"])
    [(answers,)] = await api.rows(
        "SELECT count(*) FROM idempotency_answers WHERE body::text LIKE '%whsec_%' OR body ? 'secret'"
    )
    assert made["secret"][6:] not in stored and answers == 0


async def test_another_marketplace_sees_and_changes_nothing(api: Api) -> None:
    made = await api.client.make("/webhook-endpoints", ENDPOINT)
    other = await api.other_marketplace()
    path = f"/webhook-endpoints/{made['id']}"
    for reply in (
        await other.get(path),
        await other.get(f"{path}/deliveries"),
        await other.post(f"{path}/secrets", {}),
        await other.post(f"{path}/deletion", {}),
        await other.put(path, ENDPOINT | {"enabled": False}),
    ):
        assert (reply.status_code, reply.json()["code"]) == (404, "unknown_webhook_endpoint")
    assert (await other.read("/webhook-endpoints"))["items"] == []
    await other.aclose()


async def test_events_wait_for_the_endpoints_that_want_them_and_their_workflows_are_woken(
    shop: Shop, signals: RecordedSignals
) -> None:
    api = shop.api
    all_of_them = await api.client.make("/webhook-endpoints", ENDPOINT)
    some = await api.client.make("/webhook-endpoints", ENDPOINT | {"types": ["deal.completed"]})
    off = await api.client.make("/webhook-endpoints", ENDPOINT)
    await api.client.put(f"/webhook-endpoints/{off['id']}", ENDPOINT | {"enabled": False})
    await shop.completed()
    _, woken = await number_all(api.database)
    waiting = {each["id"]: await _deliveries(api, each) for each in (all_of_them, some, off)}
    events = (await api.client.read("/events", limit=100))["items"]
    assert len(waiting[all_of_them["id"]]) == len(events) > 5
    assert [len(waiting[each["id"]]) for each in (some, off)] == [1, 0]
    assert {str(signal.about.id) for signal in woken} >= {all_of_them["id"], some["id"]}
    refused = await api.client.post(f"/webhook-endpoints/{off['id']}/tests", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "webhook_endpoint_disabled")


async def _deliveries(api: Api, endpoint: Json) -> list[Json]:
    page = await api.client.read(f"/webhook-endpoints/{endpoint['id']}/deliveries", limit=100)
    return list(page["items"])


async def test_a_span_of_time_is_delivered_again_and_a_deleted_endpoint_gets_nothing(shop: Shop) -> None:
    api = shop.api
    await shop.deal()
    await number_all(api.database)
    endpoint = await api.client.make("/webhook-endpoints", ENDPOINT)
    path = f"/webhook-endpoints/{endpoint['id']}"
    assert await _deliveries(api, endpoint) == []
    span = {"since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
    again = await api.client.make(f"{path}/redeliveries", span)
    events = (await api.client.read("/events", limit=100))["items"]
    assert again["events"] == len(await _deliveries(api, endpoint)) == len(events)
    assert (await api.client.make(f"{path}/redeliveries", {"event_id": events[0]["id"]}))["events"] == 1
    assert len(await _deliveries(api, endpoint)) == len(events), "an event is delivered under one row"
    both = await api.client.post(f"{path}/redeliveries", span | {"event_id": events[0]["id"]})
    assert both.status_code == 422
    await api.client.make(f"{path}/deletion", {})
    [(dropped,)] = await api.rows(
        "SELECT count(*) FROM webhook_deliveries WHERE endpoint_id = :id AND state = 'dropped'", id=endpoint["id"]
    )
    assert dropped == len(events)
    assert (await api.client.get(path)).json()["code"] == "unknown_webhook_endpoint"


async def test_only_an_endpoint_that_is_due_a_try_and_gets_none_is_late(shop: Shop) -> None:
    api = shop.api
    endpoint = await api.client.make("/webhook-endpoints", ENDPOINT | {"types": ["deal.awaiting_payment"]})
    id_, ahead = UUID(endpoint["id"]), timedelta(0)

    async def late_after(**passing: float) -> bool:
        nonlocal ahead
        ahead += timedelta(**passing)
        await api.set_ahead(str(id_), ahead)
        async with api.database.transaction() as session:
            said = [alarm for alarm in await webhook_alarms(session) if "not sent" in alarm]
        return said == [f"webhook endpoint {id_} is not sent what is due"]

    async def tried(status: int) -> str:
        async with api.database.transaction() as session:
            batch, _ = await next_batch(session, id_, Sealer(api.settings.sealing_key_bytes))
            assert batch is not None
            answers = [Tried(one.delivery_id, batch.now, 1, status) for one in batch.messages]
            await record(session, id_, answers)
        return (await _deliveries(api, endpoint))[0]["state"]

    assert not await late_after(days=1)  # nothing waits
    await shop.deal()
    await number_all(api.database)
    assert not await late_after(seconds=0)
    assert await late_after(seconds=LATE_AFTER_S + 60), "no workflow has tried it"
    for pause in (*PAUSES_S[:3], 60):  # the endpoint is down from the fourth failure on
        assert await tried(503) == "waiting"
        assert not await late_after(seconds=pause + 60)
    for hours, state in ((1, "waiting"), (24, "waiting"), (50, "parked")):
        assert await late_after(hours=hours)
        assert await tried(503) == state
        assert not await late_after(seconds=60)
    assert not await late_after(days=1)  # everything was given up
    [parked] = await _deliveries(api, endpoint)
    await api.client.make(f"/webhook-endpoints/{id_}/redeliveries", {"event_id": parked["event_id"]})
    assert not await late_after(seconds=60)
    assert await late_after(hours=1)
    await api.client.put(f"/webhook-endpoints/{id_}", ENDPOINT | {"enabled": False})
    assert not await late_after(hours=1)
    await api.client.put(f"/webhook-endpoints/{id_}", ENDPOINT | {"enabled": True})
    assert not await late_after(seconds=60)


async def test_a_marketplace_has_a_bounded_number_of_endpoints(api: Api) -> None:
    async with api.database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO webhook_endpoints (marketplace_id, url, state, sealed)"
                " SELECT :id, 'https://shop.example/', 'enabled', '' FROM generate_series(1, :most)"
            ),
            {"id": api.marketplace_id, "most": MAX_ENDPOINTS},
        )
    refused = await api.client.post("/webhook-endpoints", ENDPOINT)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_webhook_endpoints")


def test_pauses_grow_to_three_days_and_an_endpoint_that_is_down_is_asked_every_hour_at_the_latest() -> None:
    assert GIVE_UP_AFTER_S == sum(PAUSES_S) == 75 * 3600 + 35 * 60 + 5
    assert [pause_s(tries, 0) for tries in (1, 2, 3, 50)] == [5, 300, 1_800, 86_400]
    assert pause_s(1, GIVE_UP_AFTER_S) is None
    assert [down_s(failures) for failures in (1, 3, 4, 5, 100)] == [None, None, 60, 120, LONGEST_PAUSE_S]


async def test_a_message_is_as_the_document_says_and_as_rest_shows_its_event(shop: Shop) -> None:
    api = shop.api
    endpoint = await api.client.make("/webhook-endpoints", ENDPOINT)
    await api.client.make(f"/webhook-endpoints/{endpoint['id']}/tests", {})
    await shop.completed()
    await number_all(api.database)
    sent = [json.loads(body) for body in await _sent(api, UUID(endpoint["id"]))]
    document = api.contract.document
    operation = document["webhooks"]["event"]["post"]
    headers = {field["name"] for field in operation["parameters"] if field["required"]}
    assert headers == {"webhook-id", "webhook-timestamp", "webhook-signature"}
    assert operation["responses"].keys() == {"204", "410", "default"}
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    described = Draft202012Validator(schema | {"components": document["components"]})
    newest: dict[str, Json] = {}
    for message in sent:
        assert [error.message for error in described.iter_errors(message)] == []
        assert described.is_valid(message | {"number": "1"}) is False
        if message["type"] != "webhook.test":
            event = await api.client.read(f"/events/{message['id']}")
            shown = event.pop("object")
            assert event == message and message["data"]["id"] in shown.values()
            newest[message["data"]["id"]] = {"then": message["data"]["state"], "now": shown["state"]}
    assert len(sent) > 5 and "webhook.test" in {message["type"] for message in sent}
    assert [each for each in newest.values() if each["then"] != each["now"]] == []


async def _sent(api: Api, endpoint_id: UUID) -> list[str]:
    """The bodies of all that waits, each taken at its first try."""
    bodies: list[str] = []
    async with api.database.transaction() as session:
        sealer = Sealer(api.settings.sealing_key_bytes)
        while (batch := (await next_batch(session, endpoint_id, sealer))[0]) is not None:
            bodies += [one.body for one in batch.messages]
            await record(session, endpoint_id, [Tried(one.delivery_id, batch.now, 1, 204) for one in batch.messages])
    return bodies
