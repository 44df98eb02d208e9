"""Webhook endpoints of marketplaces: made, changed, rotated, tested, and had delivered to again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.errors import Conflict, Malformed
from domain.feed import TYPES
from domain.webhooks import MAX_ENDPOINTS, MAX_REDELIVERED, SECRET_LASTS_S, DeliveryState, EndpointState
from edge.sealing import Sealer
from edge.webhooks import new_secret
from market.actor import Actor, marketplace_of
from market.acts import Outcome
from market.signals import Signal
from market.starts import Start
from payloads.webhook import WebhookOrder
from store import clock
from store.deals.deals import Deal
from store.operations.feed import Feed, event_of
from store.operations.webhooks import (
    Delivery,
    WebhookEndpoint,
    deliver_event_again,
    deliver_span_again,
    drop_waiting,
    endpoint_of,
    endpoints_of,
    hurry_waiting,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a marketplace says about an endpoint; no types: all. `url` was checked before (`edge/outward.py`)."""

    url: str
    types: Sequence[str]
    email: str | None
    language: str
    enabled: bool = True

    def checked(self) -> list[str]:
        """Its types, in order. Raises `Malformed` unknown_event_type."""
        if unknown := sorted(set(self.types) - TYPES):
            raise Malformed("unknown_event_type", f"There is no event of the type {unknown[0]}.", "types")
        return sorted(set(self.types))


def secret_context(endpoint_id: UUID, number: int) -> str:
    """Binds a sealed secret to its endpoint and its place among its secrets, from 1."""
    return f"webhook-endpoint/{endpoint_id}/{number}"


def secrets_of(sealer: Sealer, endpoint: WebhookEndpoint, now: datetime) -> list[str]:
    """The secrets that sign at `now`, the newest first."""
    found = [sealer.open(endpoint.sealed, secret_context(endpoint.id, endpoint.secrets))]
    if endpoint.sealed_old is not None and endpoint.old_until is not None and now < endpoint.old_until:
        found.append(sealer.open(endpoint.sealed_old, secret_context(endpoint.id, endpoint.secrets - 1)))
    return found


async def make(session: AsyncSession, actor: Actor, wanted: Wanted, sealer: Sealer) -> Outcome[WebhookEndpoint]:
    """An endpoint that is sent the events from now on. Raises `Malformed`, `Conflict` too_many_webhook_endpoints."""
    types, marketplace_id = wanted.checked(), marketplace_of(actor)
    await session.execute(select(Feed).where(Feed.marketplace_id == marketplace_id).with_for_update(key_share=True))
    if len(await endpoints_of(session, marketplace_id)) >= MAX_ENDPOINTS:
        raise Conflict("too_many_webhook_endpoints", f"A marketplace has at most {MAX_ENDPOINTS} webhook endpoints.")
    id_ = await session.scalar(select(func.uuidv7()))
    assert isinstance(id_, UUID)
    endpoint = WebhookEndpoint(
        id=id_,
        marketplace_id=marketplace_id,
        url=wanted.url,
        types=types,
        email=wanted.email,
        language=wanted.language,
        state=EndpointState.ENABLED,
        sealed=sealer.seal(new_secret(), secret_context(id_, 1)),
    )
    session.add(endpoint)
    await session.flush()
    return Outcome(endpoint, endpoint)


async def change(session: AsyncSession, actor: Actor, endpoint_id: UUID, wanted: Wanted) -> Outcome[WebhookEndpoint]:
    """Replaces what the marketplace says about it. While disabled nothing is sent, and no event is kept for it.

    What waits is due at once: the fault may be mended. Raises `NotFound`, `Malformed`.
    """
    types = wanted.checked()
    endpoint = await endpoint_of(session, marketplace_of(actor), endpoint_id, lock=True)
    endpoint.url, endpoint.types = wanted.url, types
    endpoint.email, endpoint.language = wanted.email, wanted.language
    endpoint.state = EndpointState.ENABLED if wanted.enabled else EndpointState.DISABLED
    endpoint.gone_at = None
    await _up(session, endpoint)
    return Outcome(endpoint, endpoint, (Signal(endpoint),))


async def rotate(session: AsyncSession, actor: Actor, endpoint_id: UUID, sealer: Sealer) -> Outcome[WebhookEndpoint]:
    """A new secret; the one before signs too for a day. One before that ends at once."""
    endpoint = await endpoint_of(session, marketplace_of(actor), endpoint_id, lock=True)
    now = await clock.now(session, endpoint.id)
    endpoint.sealed_old, endpoint.old_until = endpoint.sealed, now + timedelta(seconds=SECRET_LASTS_S)
    endpoint.secrets += 1
    endpoint.sealed = sealer.seal(new_secret(), secret_context(endpoint.id, endpoint.secrets))
    await session.flush()
    return Outcome(endpoint, endpoint)


async def delete(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> Outcome[WebhookEndpoint]:
    """Nothing more is sent there; what waited is dropped."""
    endpoint = await endpoint_of(session, marketplace_of(actor), endpoint_id, lock=True)
    endpoint.state, endpoint.final_at = EndpointState.DELETED, func.clock_timestamp()
    await drop_waiting(session, endpoint.id)
    await session.flush()
    return Outcome(endpoint, endpoint, (Signal(endpoint),))


async def test(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> Outcome[Delivery]:
    """Sends an event about nothing. Raises `NotFound`, `Conflict` webhook_endpoint_disabled."""
    endpoint = await _enabled(session, actor, endpoint_id)
    id_ = await session.scalar(select(func.uuidv7()))
    assert isinstance(id_, UUID)
    now = await _up(session, endpoint)
    delivery = Delivery(
        id=id_, endpoint_id=endpoint.id, number=0, lane=id_, state=DeliveryState.WAITING, due_at=now, since=now
    )
    session.add(delivery)
    await session.flush()
    return Outcome(delivery, delivery, (Signal(endpoint),))


@dataclass(frozen=True, slots=True)
class Again:
    """What is delivered again: one event, or those of a span of time that the endpoint wants."""

    event_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


async def deliver_again(
    session: AsyncSession, actor: Actor, endpoint_id: UUID, again: Again
) -> Outcome[tuple[WebhookEndpoint, int]]:
    """Has events delivered again, or for the first time, under the names that they have; says how many.

    Raises `NotFound` unknown_event, `Conflict` webhook_endpoint_disabled, too_many_events.
    """
    endpoint = await _enabled(session, actor, endpoint_id)
    if again.event_id is not None:
        event = await event_of(session, endpoint.marketplace_id, again.event_id)
        events = await deliver_event_again(session, endpoint, event.id)
    else:
        assert again.since is not None and again.until is not None
        events = await deliver_span_again(session, endpoint, again.since, again.until, MAX_REDELIVERED + 1)
        if events > MAX_REDELIVERED:
            raise Conflict("too_many_events", f"At most {MAX_REDELIVERED} events at once: name a shorter time.")
    await _up(session, endpoint)
    return Outcome((endpoint, events), endpoint, (Signal(endpoint),))


async def _enabled(session: AsyncSession, actor: Actor, endpoint_id: UUID) -> WebhookEndpoint:
    endpoint = await endpoint_of(session, marketplace_of(actor), endpoint_id, lock=True)
    if endpoint.state != EndpointState.ENABLED:
        raise Conflict("webhook_endpoint_disabled", "The endpoint is disabled: enable it first.")
    return endpoint


async def _up(session: AsyncSession, endpoint: WebhookEndpoint) -> datetime:
    """It is tried at once, with all that waits: somebody is looking after it. Returns its time."""
    now = await clock.now(session, endpoint.id)
    endpoint.failures, endpoint.failing_since, endpoint.paused_until = 0, None, None
    endpoint.redrives, endpoint.tried_at = 0, now
    await hurry_waiting(session, endpoint.id, now)
    await session.flush()
    return now


def start(_: str, deal: Deal | None, endpoint: WebhookEndpoint) -> Start:
    """How an endpoint's workflow starts (`market/nouns.py`)."""
    wants = f"{len(endpoint.types)} types of events" if endpoint.types else "all events"
    order = WebhookOrder(str(endpoint.id), str(endpoint.marketplace_id), wants)
    return Start(order, f"sends {wants}", f"- of marketplace `{order.marketplace_id}`", {})
