"""Deliveries to webhook endpoints: what is sent now, and what follows from the answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.feed import TEST, VERSION
from domain.webhooks import GIVE_UP_AFTER_S, DeliveryState, EndpointState, down_s, pause_s
from edge.sealing import Sealer
from edge.wire import utc
from market.acts import Outcome
from market.feed import shown_event
from market.webhooks import secrets_of
from payloads.webhook import WebhookView
from store import clock
from store.operations.feed import FeedEvent
from store.operations.webhooks import (
    Delivery,
    WebhookAttempt,
    drop_waiting,
    due_deliveries,
    endpoint_of,
    hurry_waiting,
    next_due,
    park_older,
)

AT_ONCE: Final = 4  # messages to one endpoint, each of another lane
GONE: Final = 410
MAX_ANSWER_CHARS: Final = 500


@dataclass(frozen=True, slots=True)
class Message:
    """A signed-for message: `name` is its `webhook-id`."""

    delivery_id: UUID
    name: str
    body: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What is sent to an endpoint now, and the secrets that sign it, the newest first. Never stored.

    `now` is the endpoint's time, `signed_at` the real one.
    """

    url: str
    secrets: Sequence[str]
    now: datetime
    signed_at: datetime
    messages: Sequence[Message]

    def __repr__(self) -> str:
        return f"Batch({len(self.messages)} messages)"


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one try: a status with the first of the answer, or why there was none."""

    delivery_id: UUID
    at: datetime
    duration_ms: int
    status: int | None = None
    failure: str | None = None
    answer: str | None = None

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


async def next_batch(session: AsyncSession, endpoint_id: UUID, sealer: Sealer) -> tuple[Batch | None, WebhookView]:
    """What is due at an endpoint, at most `AT_ONCE`; one that is down is sent a single message, whether due or not.

    Without anything: when to look again.
    """
    endpoint = await endpoint_of(session, None, endpoint_id, lock=True)
    now, real = await clock.now_and_real(session, endpoint.id)
    view = WebhookView(str(endpoint.id), endpoint.state, failures=endpoint.failures)
    if endpoint.state != EndpointState.ENABLED:
        if endpoint.state == EndpointState.DELETED:
            await drop_waiting(session, endpoint.id)  # what was numbered while it was deleted
        return None, view
    if endpoint.paused_until is not None and endpoint.paused_until > now:
        return None, await _with_wait(session, endpoint_id, view, now, endpoint.paused_until)
    down = endpoint.paused_until is not None
    due = await due_deliveries(session, endpoint.id, None if down else now, 1 if down else AT_ONCE)
    if not due:
        return None, await _with_wait(session, endpoint_id, view, now)
    messages = [Message(one.id, one.message, await _body(session, one)) for one in due]
    return Batch(endpoint.url, secrets_of(sealer, endpoint, now), now, real, messages), view


async def record(session: AsyncSession, endpoint_id: UUID, tried: Sequence[Tried]) -> Outcome[WebhookView]:
    """Stores what became of some tries. A delivery that something else has ended meanwhile keeps its end.

    `view.parked` are those given up now.
    """
    endpoint = await endpoint_of(session, None, endpoint_id, lock=True)
    now = await clock.now(session, endpoint.id)
    endpoint.tried_at = now
    parked = delivered = 0
    for one in tried:
        delivery = await session.get_one(Delivery, one.delivery_id, with_for_update={"key_share": True})
        delivery.attempts += 1
        session.add(
            WebhookAttempt(
                delivery_id=delivery.id, number=delivery.attempts, at=one.at, duration_ms=one.duration_ms,
                status=one.status, failure=one.failure, answer=one.answer,
            )
        )  # fmt: skip
        if delivery.state != DeliveryState.WAITING:
            continue
        delivery.tries += 1
        if one.taken:
            delivered += 1
            delivery.state, delivery.delivered_at = DeliveryState.DELIVERED, now
        elif (pause := pause_s(delivery.tries, (now - delivery.since).total_seconds())) is None:
            parked += 1
            delivery.state = DeliveryState.PARKED
        else:
            delivery.due_at = now + timedelta(seconds=pause)
    if any(one.taken for one in tried):
        if endpoint.paused_until is not None:
            await session.flush()
            await hurry_waiting(session, endpoint.id, now)
        endpoint.failures, endpoint.failing_since, endpoint.paused_until = 0, None, None
    else:
        endpoint.failures += len(tried)
        endpoint.failing_since = endpoint.failing_since or now
        down = down_s(endpoint.failures)
        endpoint.paused_until = None if down is None else now + timedelta(seconds=down)
        if down is not None:
            await session.flush()
            parked += await park_older(session, endpoint.id, now - timedelta(seconds=GIVE_UP_AFTER_S))
    if any(one.status == GONE for one in tried) and endpoint.state == EndpointState.ENABLED:
        endpoint.state, endpoint.gone_at = EndpointState.DISABLED, now
    if parked:
        endpoint.parked_at = now
    await session.flush()
    view = WebhookView(
        str(endpoint.id), endpoint.state, delivered=delivered, failed=len(tried) - delivered,
        failures=endpoint.failures, parked=parked,
    )  # fmt: skip
    return Outcome(view, endpoint)


async def _with_wait(
    session: AsyncSession, endpoint_id: UUID, view: WebhookView, now: datetime, at_the_earliest: datetime | None = None
) -> WebhookView:
    due = await next_due(session, endpoint_id)
    if due is None:
        return view
    until = due if at_the_earliest is None else at_the_earliest
    return WebhookView(
        view.endpoint_id, view.state, failures=view.failures, wait_s=max((until - now).total_seconds(), 0.0)
    )


async def _body(session: AsyncSession, delivery: Delivery) -> str:
    if delivery.event_id is not None:
        shown = shown_event(await session.get_one(FeedEvent, delivery.event_id))
    else:
        shown = {
            "id": str(delivery.id), "type": TEST, "api_version": VERSION, "timestamp": utc(delivery.created_at),
            "number": None, "actor": {"type": "marketplace", "id": None}, "data": None,
        }  # fmt: skip
    return json.dumps(shown, separators=(",", ":"))
