"""Events as they reach the endpoints of marketplaces: signed, each deal in order, however an endpoint misbehaves."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from operator import lt
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.requests import Request
from starlette.responses import Response

import activities.webhook as delivering
from domain.webhooks import DOWN_AFTER, GIVE_UP_AFTER_S, DeliveryState, EndpointState
from market import webhooks
from market.feed import shown_event
from market.webhook_deliveries import record
from market.webhooks import Again
from store import clock
from store.operations.feed import events_after
from store.operations.webhook_alarms import webhook_alarms
from store.operations.webhooks import WebhookEndpoint, attempts_of
from tests.fixtures.listening import Listener
from tests.fixtures.receiver import Received, Receiver, answers, receiver_fixture
from tests.fixtures.sagas import Market, eventually

__all__ = ["receiver_fixture"]

VERIFY: Final = Path(__file__).with_name("verify_webhooks.js")


def told(received: Sequence[Received]) -> list[str]:
    """About what, and in which state, in the order of arrival."""
    return [f"{message.data['id']} {message.data['state']}" for message in received]


async def test_each_delivery_is_the_event_of_the_feed_and_the_published_library_believes_it(
    market: Market, receiver: Receiver
) -> None:
    shop = Listener(market)
    endpoint = await shop.endpoint(receiver.url)
    await shop.happen(uuid4(), uuid4())
    received = await receiver.have(2)
    [secret] = await shop.secrets(endpoint)
    async with market.database.transaction() as session:
        events = {str(one.id): one for one in await events_after(session, market.marketplace_id, 0, 10)}
    for message in received:
        assert Webhook(secret).verify(message.body, message.headers) == shown_event(
            events[message.headers["webhook-id"]]
        )
        assert message.headers["content-type"] == "application/json"
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(message.body + b" ", message.headers)
    [first, _] = await shop.until(endpoint, DeliveryState.DELIVERED)
    async with market.database.transaction() as session:
        [attempt] = (await attempts_of(session, [first.id]))[first.id]
    assert (attempt.status, attempt.failure, attempt.answer) == (204, None, "")


async def test_the_published_library_for_javascript_believes_it_too(
    market: Market, receiver: Receiver, published_library: Path
) -> None:
    shop = Listener(market)
    endpoint = await shop.endpoint(receiver.url)
    await shop.happen(uuid4())
    [message] = await receiver.have(1)
    [secret] = await shop.secrets(endpoint)

    async def verified(body: str) -> str:
        process = await asyncio.create_subprocess_exec(
            "node",
            str(VERIFY),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "NODE_PATH": str(published_library)},
        )
        asked = json.dumps({"secret": secret, "body": body, "headers": message.headers})
        return (await process.communicate(asked.encode()))[0].decode().strip()

    assert await verified(message.body.decode()) == "offer.submitted"
    assert await verified(message.body.decode() + " ") == "refused"


async def test_an_endpoint_gets_the_types_that_it_asked_for_and_a_test_whenever_it_asks(
    market: Market, receiver: Receiver
) -> None:
    shop = Listener(market)
    endpoint = await shop.endpoint(receiver.url, "deal.funded")
    await shop.happen(uuid4())
    async with market.database.transaction() as session:
        outcome = await webhooks.test(session, shop.actor, endpoint.id)
    await shop.act(outcome)
    [message] = await receiver.have(1)
    [secret] = await shop.secrets(endpoint)
    assert Webhook(secret).verify(message.body, message.headers)["type"] == "webhook.test"
    assert message.headers["webhook-id"] == str(outcome.value.id)


async def test_an_endpoint_that_was_down_for_a_day_gets_everything_each_deal_in_order_and_was_not_stormed(
    market: Market, receiver: Receiver
) -> None:
    shop, lanes = Listener(market), [uuid4() for _ in range(3)]
    endpoint = await shop.endpoint(receiver.url)
    down = True

    async def answer(_: Request) -> Response:
        return Response(status_code=503 if down else 204)

    receiver.always = answer
    await shop.happen(*lanes, *lanes, *lanes)
    for hours in (1, 7, 25):
        tries = len(receiver.received)
        await eventually(_at_rest(shop, endpoint), lambda failures: failures >= DOWN_AFTER - 1, "some failures")
        await market.pass_time(endpoint, timedelta(hours=hours))
        await eventually(receiver.count, partial(lt, tries), "another try")
        await eventually(shop.late, lambda said: not said, "no alarm: it is asked again in time")
    assert len(receiver.received) < 20
    refused, down = len(receiver.received), False
    await market.pass_time(endpoint, timedelta(hours=27))
    await shop.until(endpoint, DeliveryState.DELIVERED)
    taken = told(receiver.received[refused:])
    assert len(taken) == len(set(taken)) == 9
    for lane in lanes:
        assert [one for one in taken if one.startswith(str(lane))] == sorted(one for one in taken if str(lane) in one)


def _at_rest(shop: Listener, endpoint: WebhookEndpoint) -> Any:
    async def look() -> int:
        return (await shop.market.now(endpoint)).failures

    return look


async def test_a_message_that_fails_alone_holds_up_its_own_deal_and_no_other(
    market: Market, receiver: Receiver
) -> None:
    shop, bad, good = Listener(market), uuid4(), uuid4()
    endpoint = await shop.endpoint(receiver.url)

    async def answer(request: Request) -> Response:
        about = json.loads(await request.body())["data"]["id"]
        return Response(status_code=500 if about == str(bad) else 204, content="no such thing")

    receiver.always = answer
    await shop.happen(bad, bad, good, good)

    async def of_good() -> list[str]:
        return [one.state for one in await shop.deliveries(endpoint) if one.lane == good]

    await eventually(of_good, lambda states: states == ["delivered"] * 2, "the other deal's events")
    [first, second] = [one for one in await shop.deliveries(endpoint) if one.lane == bad]
    assert (first.state, second.state, second.attempts) == ("waiting", "waiting", 0)
    async with market.database.transaction() as session:
        attempt = (await attempts_of(session, [first.id]))[first.id][0]
    assert (attempt.status, attempt.answer) == (500, "no such thing")


async def test_a_slow_endpoint_delays_no_other(market: Market, receiver: Receiver) -> None:
    shop, may_answer = Listener(market), asyncio.Event()
    slow, quick = await shop.endpoint(f"{receiver.url}/slow"), await shop.endpoint(f"{receiver.url}/quick")

    async def answer(request: Request) -> Response:
        if request.url.path.endswith("/slow"):
            await may_answer.wait()
        return Response(status_code=204)

    receiver.always = answer
    await shop.happen(uuid4())
    await shop.until(quick, DeliveryState.DELIVERED)
    assert [one.state for one in await shop.deliveries(slow)] == ["waiting"]
    may_answer.set()
    await shop.until(slow, DeliveryState.DELIVERED)


async def test_a_redirect_is_a_failure_and_is_not_followed_and_410_ends_the_endpoint(
    market: Market, receiver: Receiver
) -> None:
    shop = Listener(market)
    endpoint = await shop.endpoint(f"{receiver.url}/here")
    receiver.answers = [answers(302, {"location": f"{receiver.url}/elsewhere"}), answers(410)]
    await shop.happen(uuid4(), uuid4())
    await eventually(
        lambda: market.now(endpoint), lambda found: found.state == EndpointState.DISABLED, "the endpoint to be gone"
    )
    assert {message.path for message in receiver.received} == {"/webhooks/here"}
    assert (await market.now(endpoint)).gone_at is not None
    await shop.happen(uuid4())
    assert len(await shop.deliveries(endpoint)) == 2


async def test_an_address_that_leads_inside_is_not_connected_to(market: Market, receiver: Receiver) -> None:
    shop = Listener(market)
    endpoint = await shop.endpoint(receiver.url.replace("127.0.0.1", "localhost"))  # as a name may lead there tomorrow
    await shop.happen(uuid4())
    await eventually(_at_rest(shop, endpoint), lambda failures: failures == 1, "a failure")
    [delivery] = await shop.deliveries(endpoint)
    async with market.database.transaction() as session:
        [attempt] = (await attempts_of(session, [delivery.id]))[delivery.id]
    assert (attempt.failure, receiver.received) == ("not a public address", [])


async def test_while_a_secret_is_replaced_both_sign_and_after_a_day_only_the_new_one(
    market: Market, receiver: Receiver
) -> None:
    shop = Listener(market)
    endpoint = await shop.endpoint(receiver.url)
    [old] = await shop.secrets(endpoint)
    async with market.database.transaction() as session:
        await webhooks.rotate(session, shop.actor, endpoint.id, market.sealer)
    new, _ = await shop.secrets(endpoint)
    await shop.happen(uuid4())
    [during] = await receiver.have(1)
    for secret in (old, new):
        assert Webhook(secret).verify(during.body, during.headers)["type"] == "offer.submitted"
    await shop.until(endpoint, DeliveryState.DELIVERED)
    await market.set_clock(endpoint, timedelta(hours=25))
    assert await shop.secrets(endpoint) == [new]


async def test_what_was_sent_and_not_recorded_is_sent_again_under_the_same_name(
    market: Market, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = Listener(market)
    endpoint = await shop.endpoint(receiver.url)
    lost = False

    async def lose_the_first(session: AsyncSession, endpoint_id: UUID, tried: Any) -> Any:
        nonlocal lost
        if not lost:
            lost = True
            raise ConnectionError("as if the worker had died here")
        return await record(session, endpoint_id, tried)

    monkeypatch.setattr(delivering, "record", lose_the_first)
    await shop.happen(uuid4())
    first, second = await receiver.have(2)
    assert lost and first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    [delivery] = await shop.until(endpoint, DeliveryState.DELIVERED)
    assert delivery.attempts == 1


async def test_after_three_days_events_are_parked_its_people_are_mailed_and_they_come_when_asked_for(
    market: Market, receiver: Receiver
) -> None:
    shop, lane = Listener(market), uuid4()
    endpoint = await shop.endpoint(receiver.url, email="webhooks@example.test")
    receiver.always = answers(503)
    await shop.happen(lane, lane)
    await eventually(_at_rest(shop, endpoint), lambda failures: failures == 1, "the first failure")
    await market.pass_time(endpoint, timedelta(seconds=GIVE_UP_AFTER_S + 60))

    async def parked() -> int:
        return sum(one.state == DeliveryState.PARKED for one in await shop.deliveries(endpoint))

    await eventually(parked, lambda count: count == 2, "both events to be parked")
    async with market.database.transaction() as session:
        mails = await session.scalars(text("SELECT recipient FROM mails WHERE key LIKE 'webhook-parked/%'"))
        assert list(mails) == ["webhooks@example.test"]
        assert await webhook_alarms(session) == ["events for 1 webhook endpoints were given up within a day"]
    receiver.always = answers(204)
    receiver.received.clear()
    async with market.database.transaction() as session:
        now = await clock.now(session, market.marketplace_id)
        day = Again(since=now - timedelta(days=1), until=now + timedelta(days=1))
        outcome = await webhooks.deliver_again(session, shop.actor, endpoint.id, day)
    assert outcome.value[1] == 2
    await shop.act(outcome)
    await shop.until(endpoint, DeliveryState.DELIVERED)
    assert told(receiver.received) == [f"{lane} state 1", f"{lane} state 2"]


async def test_an_endpoint_without_anything_to_deliver_has_no_workflow(market: Market, receiver: Receiver) -> None:
    shop = Listener(market)
    endpoint = await shop.endpoint(receiver.url)
    await shop.happen(uuid4())
    await shop.until(endpoint, DeliveryState.DELIVERED)
    await market.environment.fast_forward(market.workflow(endpoint), timedelta(minutes=1))
    described = await eventually(
        market.workflow(endpoint).describe, lambda seen: seen.close_time is not None, "the workflow to end"
    )
    assert described.status is not None and described.status.name == "COMPLETED"
    await shop.happen(uuid4())
    await receiver.have(2)
