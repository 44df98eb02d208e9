from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from bank.service.access import Marketplace
from bank.service.acts import webhooks
from bank.service.models import WebhookEndpoint
from bank.service.schemas.common import Moment
from bank.service.services import ServicesOfApp
from edge.problem import problems
from edge.webhooks import new_secret
from edge.wire import CleanText, Wire, utc


class WebhookEndpointIn(Wire):
    url: Annotated[CleanText, Field(min_length=1, max_length=1000, examples=["https://shop.example/webhooks"])]


class WebhookEndpointOut(Wire):
    url: str
    registered_at: Moment
    gone: bool
    """Whether the address answered 410 and is called no more, until it is registered again."""


class WebhookEndpointRegistered(WebhookEndpointOut):
    secret: str
    """Signs every message by the Standard Webhooks convention. Shown once; registering again makes another."""


router = APIRouter(tags=["webhooks"])


@router.put("/webhook-endpoint", responses=problems(401, 403, 413, 422, 503))
async def register_endpoint(
    body: WebhookEndpointIn, caller: Marketplace, services: ServicesOfApp
) -> WebhookEndpointRegistered:
    """Sets the address that is notified when an answer accepted with 202 is ready, and makes a new signing secret.

    It takes no idempotency key: without the secret, register again.
    """
    services.outward.check(body.url)
    secret = new_secret()
    sealed = services.code_rules.sealer.seal(secret, webhooks.secret_context(caller.name))
    async with services.database.transaction() as session:
        row = await webhooks.register(session, caller.name, body.url, sealed)
    return WebhookEndpointRegistered(**_shown(row).model_dump(), secret=secret)


@router.get("/webhook-endpoint", responses=problems(401, 403, 404, 422, 503))
async def read_endpoint(caller: Marketplace, services: ServicesOfApp) -> WebhookEndpointOut:
    """The registered address, without its secret."""
    async with services.database.transaction() as session:
        return _shown(await webhooks.endpoint_of(session, caller.name))


def _shown(row: WebhookEndpoint) -> WebhookEndpointOut:
    return WebhookEndpointOut(url=row.url, registered_at=utc(row.registered_at), gone=row.gone_at is not None)
