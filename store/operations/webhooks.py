"""Webhook endpoints, what is to be delivered to them, and what became of each try."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Text,
    UniqueConstraint,
    and_,
    exists,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from domain.errors import NotFound
from domain.webhooks import DELIVERIES, MACHINE, DeliveryState, EndpointState
from store.base import Base, Created, Id, WorkflowRow, inline


class WebhookEndpoint(WorkflowRow):
    __tablename__ = "webhook_endpoints"
    machine = MACHINE
    __table_args__ = (
        CheckConstraint("language IN ('en', 'ru')", "language"),
        CheckConstraint("(state = 'deleted') = (final_at IS NOT NULL)", "final_at"),
        CheckConstraint("(sealed_old IS NULL) = (old_until IS NULL)", "old"),
        CheckConstraint("(failures = 0) = (failing_since IS NULL)", "failing"),
        Index("ix_webhook_endpoints_marketplace_id", "marketplace_id", "id"),
    )

    marketplace_id: Mapped[UUID] = mapped_column(ForeignKey("marketplaces.id"))
    url: Mapped[str]
    types: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """The types of events that it is sent; none: all."""
    email: Mapped[str | None]
    """Who is mailed when an event is parked."""
    language: Mapped[str] = mapped_column(server_default=text("'en'"))
    gone_at: Mapped[datetime | None]
    """When it answered 410, which disabled it."""
    sealed: Mapped[bytes]
    sealed_old: Mapped[bytes | None]
    """The secret before, which signs too until `old_until`."""
    old_until: Mapped[datetime | None]
    secrets: Mapped[int] = mapped_column(server_default=text("1"))
    """How many secrets it has had."""
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    """Failed tries in a row, of any events."""
    failing_since: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    """When it was last tried, or somebody had all that waits tried: what is due is awaited from then on."""
    parked_at: Mapped[datetime | None]
    """When an event was last parked."""


class Delivery(Base):
    __tablename__ = "webhook_deliveries"
    machine = DELIVERIES
    __table_args__ = (
        UniqueConstraint("endpoint_id", "event_id"),
        Index("ix_webhook_deliveries_waiting", "endpoint_id", "number", postgresql_where=text("state = 'waiting'")),
        Index(
            "ix_webhook_deliveries_lanes", "endpoint_id", "lane", "number", postgresql_where=text("state = 'waiting'")
        ),
        Index("ix_webhook_deliveries_parked", "endpoint_id", "id", postgresql_where=text("state = 'parked'")),
        Index("ix_webhook_deliveries_endpoint_id", "endpoint_id", "id"),
    )

    id: Mapped[Id]
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_endpoints.id"))
    event_id: Mapped[UUID | None] = mapped_column(ForeignKey("feed_events.id"), index=True)
    """None: a test."""
    number: Mapped[int] = mapped_column(BigInteger)
    """Of the event in its feed; 0 of a test."""
    lane: Mapped[UUID]
    """The event's deal, else its object: of one lane events are sent in order."""
    state: Mapped[str]
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    """Since it began to wait."""
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    """In all."""
    due_at: Mapped[Created]
    since: Mapped[Created]
    """Since when it waits."""
    delivered_at: Mapped[datetime | None]
    created_at: Mapped[Created]

    @property
    def message(self) -> str:
        """The name of the message, the same on every try and at every endpoint."""
        return str(self.event_id or self.id)


class WebhookAttempt(Base):
    __tablename__ = "webhook_attempts"
    __table_args__ = (CheckConstraint("num_nonnulls(status, failure) = 1", "ended"),)

    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("webhook_deliveries.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    duration_ms: Mapped[int]
    status: Mapped[int | None]
    failure: Mapped[str | None]
    """Why there was no answer."""
    answer: Mapped[str | None]
    """The first of what was answered."""


_WAITING: Final = Delivery.state == inline(DeliveryState.WAITING)
# Every delivery of a lane but the first waits for that one.
_earlier = aliased(Delivery)
_is_first: Final = ~exists().where(
    _earlier.endpoint_id == Delivery.endpoint_id,
    _earlier.lane == Delivery.lane,
    _earlier.state == inline(DeliveryState.WAITING),
    _earlier.number < Delivery.number,
)

_FAN_OUT: Final = text(
    """
    INSERT INTO webhook_deliveries (endpoint_id, event_id, number, lane, state, due_at, since)
    SELECT w.id, e.id, e.number, coalesce(e.deal_id, e.object_id), 'waiting', w.now, w.now
    FROM (
        SELECT id, types, market_now(id) AS now FROM webhook_endpoints
        WHERE marketplace_id = :marketplace AND state = 'enabled'
    ) w
    JOIN feed_events e ON e.marketplace_id = :marketplace AND e.number > :before AND e.number <= :last
    WHERE w.types = '{}' OR e.type = ANY (w.types)
    RETURNING endpoint_id
    """
)


async def fan_out(session: AsyncSession, marketplace_id: UUID, before: int, last: int) -> list[WebhookEndpoint]:
    """Stores a delivery of each event numbered above `before` up to `last` for each endpoint that wants it; these."""
    enabled = await session.scalar(
        select(WebhookEndpoint.id).where(
            WebhookEndpoint.marketplace_id == marketplace_id, WebhookEndpoint.state == EndpointState.ENABLED
        ).limit(1)
    )  # fmt: skip
    if enabled is None:
        return []
    values = {"marketplace": marketplace_id, "before": before, "last": last}
    ids = set(await session.scalars(_FAN_OUT, values))
    query = select(WebhookEndpoint).where(WebhookEndpoint.id.in_(ids)).order_by(WebhookEndpoint.id)
    return list(await session.scalars(query))


async def endpoint_of(
    session: AsyncSession, marketplace_id: UUID | None, endpoint_id: UUID, *, lock: bool = False
) -> WebhookEndpoint:
    """The marketplace's endpoint (any for None), unless it was deleted; `NotFound` unknown_webhook_endpoint."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id)
    if marketplace_id is not None:
        query = query.where(
            WebhookEndpoint.marketplace_id == marketplace_id, WebhookEndpoint.state != EndpointState.DELETED
        )
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = await session.scalar(query)
    if found is None:
        raise NotFound("unknown_webhook_endpoint", "There is no such webhook endpoint.")
    return found


async def endpoints_of(session: AsyncSession, marketplace_id: UUID) -> list[WebhookEndpoint]:
    """The marketplace's endpoints that are not deleted, oldest first: at most `MAX_ENDPOINTS`."""
    query = select(WebhookEndpoint).where(
        WebhookEndpoint.marketplace_id == marketplace_id, WebhookEndpoint.state != EndpointState.DELETED
    )
    return list(await session.scalars(query.order_by(WebhookEndpoint.id)))


async def due_deliveries(session: AsyncSession, endpoint_id: UUID, now: datetime | None, limit: int) -> list[Delivery]:
    """The first of each lane, by number, that are due at `now`; None: whether due or not."""
    query = select(Delivery).where(Delivery.endpoint_id == endpoint_id, _WAITING, _is_first)
    if now is not None:
        query = query.where(Delivery.due_at <= now)
    return list(await session.scalars(query.order_by(Delivery.number).limit(limit)))


async def next_due(session: AsyncSession, endpoint_id: UUID) -> datetime | None:
    """When the next delivery is due; None when none waits."""
    query = select(func.min(Delivery.due_at)).where(Delivery.endpoint_id == endpoint_id, _WAITING, _is_first)
    return await session.scalar(query)


_MANY: Final = {
    "drop": "UPDATE webhook_deliveries SET state = 'dropped' WHERE endpoint_id = :endpoint AND state = 'waiting'",
    "hurry": "UPDATE webhook_deliveries SET due_at = :now"
    " WHERE endpoint_id = :endpoint AND state = 'waiting' AND due_at > :now",
    "park": "UPDATE webhook_deliveries SET state = 'parked'"
    " WHERE endpoint_id = :endpoint AND state = 'waiting' AND since < :until",
}


async def drop_waiting(session: AsyncSession, endpoint_id: UUID) -> None:
    await session.execute(text(_MANY["drop"]), {"endpoint": endpoint_id})


async def hurry_waiting(session: AsyncSession, endpoint_id: UUID, now: datetime) -> None:
    """All that waits is due now."""
    await session.execute(text(_MANY["hurry"]), {"endpoint": endpoint_id, "now": now})


async def park_older(session: AsyncSession, endpoint_id: UUID, until: datetime) -> int:
    """Gives up what has waited since before `until`; returns how many."""
    done: Any = await session.execute(text(_MANY["park"]), {"endpoint": endpoint_id, "until": until})
    return int(done.rowcount)


_AGAIN: Final = """
    INSERT INTO webhook_deliveries (endpoint_id, event_id, number, lane, state, due_at, since)
    SELECT w.id, e.id, e.number, coalesce(e.deal_id, e.object_id), 'waiting', w.now, w.now
    FROM (SELECT id, marketplace_id, types, market_now(id) AS now FROM webhook_endpoints WHERE id = :endpoint) w
    JOIN feed_events e ON e.marketplace_id = w.marketplace_id AND e.number IS NOT NULL
    WHERE {which}
    ORDER BY e.number LIMIT :most
    ON CONFLICT (endpoint_id, event_id) DO UPDATE
    SET state = 'waiting', tries = 0, due_at = excluded.due_at, since = excluded.since, delivered_at = NULL
    WHERE webhook_deliveries.state <> 'dropped'
"""
_ONE_AGAIN: Final = text(_AGAIN.format(which="e.id = :event"))
_SPAN_AGAIN: Final = text(
    _AGAIN.format(
        which="e.marketplace_id = :marketplace AND e.created_at >= :since AND e.created_at < :until"
        " AND (w.types = '{}' OR e.type = ANY (w.types))"
    )
)


async def deliver_event_again(session: AsyncSession, endpoint: WebhookEndpoint, event_id: UUID) -> int:
    """Has one event delivered, whether or not it was before; returns how many there are of it: 0 or 1."""
    done: Any = await session.execute(_ONE_AGAIN, {"endpoint": endpoint.id, "event": event_id, "most": 1})
    return int(done.rowcount)


async def deliver_span_again(
    session: AsyncSession, endpoint: WebhookEndpoint, since: datetime, until: datetime, most: int
) -> int:
    """The same of the events in a span of time that the endpoint wants, the oldest first; returns how many."""
    values = {
        "endpoint": endpoint.id, "marketplace": endpoint.marketplace_id, "since": since, "until": until, "most": most,
    }  # fmt: skip
    done: Any = await session.execute(_SPAN_AGAIN, values)
    return int(done.rowcount)


async def deliveries_of(
    session: AsyncSession, endpoint_id: UUID, before: UUID | None, limit: int, state: DeliveryState | None
) -> list[Delivery]:
    """A page of what is or was to be delivered, newest first."""
    query = select(Delivery).where(Delivery.endpoint_id == endpoint_id)
    if before is not None:
        query = query.where(Delivery.id < before)
    if state is not None:
        # By the partial indexes of those that are few; delivered ones are most of all.
        query = query.where(Delivery.state == inline(state))
    return list(await session.scalars(query.order_by(Delivery.id.desc()).limit(limit)))


async def delivery_of(session: AsyncSession, marketplace_id: UUID, delivery_id: UUID) -> Delivery:
    """`NotFound` unknown_delivery unless it is the marketplace's."""
    query = select(Delivery).join(WebhookEndpoint, WebhookEndpoint.id == Delivery.endpoint_id)
    query = query.where(and_(Delivery.id == delivery_id, WebhookEndpoint.marketplace_id == marketplace_id))
    found = await session.scalar(query)
    if found is None:
        raise NotFound("unknown_delivery", "There is no such delivery.")
    return found


async def attempts_of(session: AsyncSession, delivery_ids: Sequence[UUID]) -> dict[UUID, list[WebhookAttempt]]:
    """The tries of each of these deliveries, oldest first."""
    query = select(WebhookAttempt).where(WebhookAttempt.delivery_id.in_(delivery_ids))
    found: dict[UUID, list[WebhookAttempt]] = {id_: [] for id_ in delivery_ids}
    for attempt in await session.scalars(query.order_by(WebhookAttempt.delivery_id, WebhookAttempt.number)):
        found[attempt.delivery_id].append(attempt)
    return found
