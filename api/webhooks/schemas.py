from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from api.fields import Id, Language, Moment, PageOut
from domain.webhooks import DeliveryState, EndpointState
from edge.characters import EMAIL, MAX_EMAIL
from edge.outward import MAX_URL_CHARS
from edge.wire import CleanText, Timestamp, Wire, utc, utc_or_none
from market.webhooks import Again, Wanted
from store.operations.webhooks import Delivery, WebhookAttempt, WebhookEndpoint

MAX_TYPES = 100


class WebhookEndpointIn(Wire):
    url: Annotated[CleanText, Field(min_length=1, max_length=MAX_URL_CHARS, examples=["https://shop.example/webhooks"])]
    """https at a public address."""
    types: Annotated[
        list[Annotated[CleanText, Field(max_length=60)]], Field(max_length=MAX_TYPES, default_factory=list)
    ]
    """Which events are sent; empty: all of them. docs/events.md lists the types."""
    email: Annotated[str | None, Field(max_length=MAX_EMAIL, pattern=EMAIL)] = None
    """Who is mailed when an event could not be delivered for three days."""
    language: Language = "en"

    def wanted(self, *, enabled: bool = True) -> Wanted:
        return Wanted(self.url, self.types, self.email, self.language, enabled)


class WebhookEndpointChangeIn(WebhookEndpointIn):
    enabled: bool
    """While false nothing is sent, and no event is kept for the endpoint."""


class WebhookEndpointOut(Wire):
    """Where events are sent. `disabled_because` is `gone` when the address answered 410."""

    id: str
    url: str
    types: list[str]
    email: str | None
    language: str
    state: EndpointState
    disabled_because: Literal["gone", "marketplace"] | None
    failing_since: Moment | None
    """Since when every try has failed."""
    next_try_at: Moment | None
    """Until when a failing one is left alone."""
    secrets: int
    """How many signing secrets it has had."""
    old_secret_until: Moment | None
    """Until when the secret before the newest signs too."""
    created_at: Moment

    @classmethod
    def of(cls, endpoint: WebhookEndpoint) -> Self:
        return cls.model_validate(shown(endpoint))


class WebhookEndpointWithSecretOut(WebhookEndpointOut):
    secret: str
    """Signs every message by the Standard Webhooks convention."""


class WebhookEndpointsOut(Wire):
    items: list[WebhookEndpointOut]


def shown(endpoint: WebhookEndpoint) -> dict[str, object]:
    disabled = endpoint.state == EndpointState.DISABLED
    return {
        "id": str(endpoint.id),
        "url": endpoint.url,
        "types": list(endpoint.types),
        "email": endpoint.email,
        "language": endpoint.language,
        "state": EndpointState(endpoint.state),
        "disabled_because": ("marketplace" if endpoint.gone_at is None else "gone") if disabled else None,
        "failing_since": utc_or_none(endpoint.failing_since),
        "next_try_at": utc_or_none(endpoint.paused_until),
        "secrets": endpoint.secrets,
        "old_secret_until": utc_or_none(endpoint.old_until),
        "created_at": utc(endpoint.created_at),
    }


class RedeliveryIn(Wire):
    """One event, or the events of a span of time: from `since` until before `until`."""

    event_id: Id | None = None
    since: Timestamp | None = None
    until: Timestamp | None = None

    @model_validator(mode="after")
    def _one_or_a_span(self) -> Self:
        if (self.event_id is None) != (self.since is not None and self.until is not None):
            raise ValueError("either event_id, or since and until")
        if self.event_id is not None and (self.since or self.until):
            raise ValueError("either event_id, or since and until")
        return self

    def again(self) -> Again:
        return Again(self.event_id, self.since, self.until)


class RedeliveryOut(Wire):
    webhook_endpoint_id: str
    events: int
    """How many are delivered again."""


class WebhookAttemptOut(Wire):
    number: int
    at: Moment
    duration_ms: int
    status: int | None
    failure: str | None
    """Why there was no answer, such as `ConnectError`."""
    answer: str | None
    """The first of what was answered."""

    @classmethod
    def of(cls, attempt: WebhookAttempt) -> WebhookAttemptOut:
        return cls(
            number=attempt.number,
            at=utc(attempt.at),
            duration_ms=attempt.duration_ms,
            status=attempt.status,
            failure=attempt.failure,
            answer=attempt.answer,
        )


class DeliveryOut(Wire):
    """One event on its way to one endpoint. `parked`: given up, until it is asked for again."""

    id: str
    webhook_endpoint_id: str
    event_id: str | None
    """Null for a test."""
    state: DeliveryState
    attempts: int
    next_try_at: Moment | None
    delivered_at: Moment | None
    created_at: Moment

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        return cls.model_validate(_delivery(delivery))


class WholeDeliveryOut(DeliveryOut):
    """The same with what became of each try."""

    tries: list[WebhookAttemptOut]

    @classmethod
    def whole(cls, delivery: Delivery, attempts: Sequence[WebhookAttempt]) -> WholeDeliveryOut:
        return cls.model_validate(_delivery(delivery) | {"tries": [WebhookAttemptOut.of(one) for one in attempts]})


class DeliveriesOut(PageOut[DeliveryOut]):
    pass


def _delivery(delivery: Delivery) -> dict[str, object]:
    next_try: datetime | None = delivery.due_at if delivery.state == DeliveryState.WAITING else None
    return {
        "id": str(delivery.id),
        "webhook_endpoint_id": str(delivery.endpoint_id),
        "event_id": None if delivery.event_id is None else str(delivery.event_id),
        "state": DeliveryState(delivery.state),
        "attempts": delivery.attempts,
        "next_try_at": utc_or_none(next_try),
        "delivered_at": utc_or_none(delivery.delivered_at),
        "created_at": utc(delivery.created_at),
    }
