"""What a webhook endpoint is sent: the part of the OpenAPI document that describes requests to marketplaces."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Header
from pydantic import Field

from api.feed.schemas import FeedActorOut, FeedEventDataOut
from api.fields import Moment
from edge.wire import Wire

messages = APIRouter(tags=["webhooks"])


class WebhookMessage(Wire):
    """An event, as `GET /events/{event_id}` shows it but for `object`: the same bytes on every try.

    `data` names the object, and the state in which it was then. More fields may come: ignore what you do not know.
    """

    id: Annotated[str, Field(description="Of the event, and of every try: `webhook-id`.")]
    type: Annotated[str, Field(examples=["deal.funded"], description="`webhook.test` for a test.")]
    api_version: Literal["1"]
    timestamp: Moment
    number: Annotated[int | None, Field(description="Its place in the feed; null for a test.")]
    actor: FeedActorOut
    data: Annotated[FeedEventDataOut | None, Field(description="What it is about; null for a test.")]


@messages.post(
    "event",
    summary="Receive an event",
    operation_id="receive_event",
    status_code=204,
    responses={
        204: {"description": "It is stored, and will be worked on. Any 2xx means this."},
        410: {"description": "The address wants nothing any more: the endpoint is disabled."},
        "default": {"description": "A failure, as is no answer within ten seconds: it is tried again for three days."},
    },
)
async def receive_event(
    body: WebhookMessage,
    webhook_id: Annotated[str, Header(description="The same on every try: do what has this name once.")],
    webhook_timestamp: Annotated[int, Header(description="Of this try, in seconds since 1970; refuse old ones.")],
    webhook_signature: Annotated[
        str, Header(description="By Standard Webhooks: `v1,` and the signature; two while a secret is replaced.")
    ],
) -> None:
    """Sent by POST to each endpoint that wants the type, at least once; those of one deal in order."""
