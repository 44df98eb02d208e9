from __future__ import annotations

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from api.dependencies import RequiresTenant, ServicesOfApp, Tenant
from api.fields import After, Empty, IdInPath, Limit
from api.refusals import LISTS, READS, WRITES
from api.webhooks.schemas import (
    DeliveriesOut,
    DeliveryOut,
    RedeliveryIn,
    RedeliveryOut,
    WebhookEndpointChangeIn,
    WebhookEndpointIn,
    WebhookEndpointOut,
    WebhookEndpointsOut,
    WebhookEndpointWithSecretOut,
    WholeDeliveryOut,
)
from api.writes import Write, WriteRequest
from domain.roles import Scope
from domain.webhooks import DeliveryState
from edge.documents import refusing
from edge.idempotency import Answer
from edge.outward import Outward
from edge.problem import answer_response
from fronts.paging import PAGE_SIZE
from fronts.services import Services
from fronts.writes import written
from market import webhooks
from store.operations.webhooks import attempts_of, deliveries_of, delivery_of, endpoint_of, endpoints_of

router = APIRouter(tags=["webhooks"])

Actor = Annotated[Tenant, Depends(RequiresTenant(scope=Scope.EVENTS))]


@router.post(
    "/webhook-endpoints",
    summary="Create a webhook endpoint",
    status_code=201,
    response_model=WebhookEndpointWithSecretOut,
    responses=refusing(WRITES, {409: "too_many_webhook_endpoints", 422: "bad_url unknown_event_type"}),
)
async def create_webhook_endpoint(body: WebhookEndpointIn, caller: Actor, write: Write) -> Response:
    """Has events sent to an address from now on, signed with the secret that the answer shows."""
    _check(write.services, body.url)
    act = partial(webhooks.make, actor=caller, wanted=body.wanted(), sealer=write.services.sealer)
    answer = await write.outcome(caller, body, written(201, act, WebhookEndpointOut.of))
    return await _with_secret(write, answer)


@router.get("/webhook-endpoints", summary="List webhook endpoints", responses=LISTS)
async def list_webhook_endpoints(caller: Actor, services: ServicesOfApp) -> WebhookEndpointsOut:
    """The marketplace's endpoints, without their secrets."""
    async with services.database.transaction() as session:
        found = await endpoints_of(session, caller.marketplace_id)
    return WebhookEndpointsOut(items=[WebhookEndpointOut.of(one) for one in found])


@router.get(
    "/webhook-endpoints/{endpoint_id}",
    summary="Get a webhook endpoint",
    responses=refusing(READS, {404: "unknown_webhook_endpoint"}),
)
async def get_webhook_endpoint(endpoint_id: IdInPath, caller: Actor, services: ServicesOfApp) -> WebhookEndpointOut:
    async with services.database.transaction() as session:
        return WebhookEndpointOut.of(await endpoint_of(session, caller.marketplace_id, endpoint_id))


@router.put(
    "/webhook-endpoints/{endpoint_id}",
    summary="Update a webhook endpoint",
    response_model=WebhookEndpointOut,
    responses=refusing(WRITES, {404: "unknown_webhook_endpoint", 422: "bad_url unknown_event_type"}),
)
async def update_webhook_endpoint(
    endpoint_id: IdInPath, body: WebhookEndpointChangeIn, caller: Actor, write: Write
) -> Response:
    """Replaces address, types, mail address and whether it is enabled. What waits is sent at once."""
    _check(write.services, body.url)
    wanted = body.wanted(enabled=body.enabled)
    act = partial(webhooks.change, actor=caller, endpoint_id=endpoint_id, wanted=wanted)
    return await write.answer(caller, body, written(200, act, WebhookEndpointOut.of))


@router.post(
    "/webhook-endpoints/{endpoint_id}/deletion",
    summary="Delete a webhook endpoint",
    response_model=WebhookEndpointOut,
    responses=refusing(WRITES, {404: "unknown_webhook_endpoint"}),
)
async def delete_webhook_endpoint(endpoint_id: IdInPath, body: Empty, caller: Actor, write: Write) -> Response:
    """Nothing more is sent there. What waits is dropped; the feed still has it."""
    act = partial(webhooks.delete, actor=caller, endpoint_id=endpoint_id)
    return await write.answer(caller, body, written(200, act, WebhookEndpointOut.of))


@router.post(
    "/webhook-endpoints/{endpoint_id}/secrets",
    summary="Rotate the secret of a webhook endpoint",
    response_model=WebhookEndpointWithSecretOut,
    responses=refusing(WRITES, {404: "unknown_webhook_endpoint"}),
)
async def rotate_webhook_secret(endpoint_id: IdInPath, body: Empty, caller: Actor, write: Write) -> Response:
    """Makes a new secret. For a day each message is signed with the previous one too."""
    act = partial(webhooks.rotate, actor=caller, endpoint_id=endpoint_id, sealer=write.services.sealer)
    answer = await write.outcome(caller, body, written(200, act, WebhookEndpointOut.of))
    return await _with_secret(write, answer)


@router.post(
    "/webhook-endpoints/{endpoint_id}/tests",
    summary="Send a test to a webhook endpoint",
    status_code=202,
    response_model=DeliveryOut,
    responses=refusing(WRITES, {404: "unknown_webhook_endpoint", 409: "webhook_endpoint_disabled"}),
)
async def send_webhook_test(endpoint_id: IdInPath, body: Empty, caller: Actor, write: Write) -> Response:
    """Sends an event of the type `webhook.test`, which is about no object."""
    act = partial(webhooks.test, actor=caller, endpoint_id=endpoint_id)
    return await write.answer(caller, body, written(202, act, DeliveryOut.of))


@router.post(
    "/webhook-endpoints/{endpoint_id}/redeliveries",
    summary="Redeliver events",
    status_code=202,
    response_model=RedeliveryOut,
    responses=refusing(
        WRITES, {404: "unknown_webhook_endpoint unknown_event", 409: "webhook_endpoint_disabled too_many_events"}
    ),
)
async def redeliver_events(endpoint_id: IdInPath, body: RedeliveryIn, caller: Actor, write: Write) -> Response:
    """Has one event delivered again, or all of a span of time, 10,000 at most: under the same `webhook-id`."""
    act = partial(webhooks.deliver_again, actor=caller, endpoint_id=endpoint_id, again=body.again())
    show = written(202, act, lambda made: RedeliveryOut(webhook_endpoint_id=str(made[0].id), events=made[1]))
    return await write.answer(caller, body, show)


@router.get(
    "/webhook-endpoints/{endpoint_id}/deliveries",
    summary="List webhook deliveries",
    responses=refusing(READS, {404: "unknown_webhook_endpoint"}),
)
async def list_webhook_deliveries(
    endpoint_id: IdInPath,
    caller: Actor,
    services: ServicesOfApp,
    state: Annotated[DeliveryState | None, Query(description="Only those in this state.")] = None,
    after: After = None,
    limit: Limit = PAGE_SIZE,
) -> DeliveriesOut:
    """What is or was to be delivered there, newest first."""
    async with services.replica.snapshot() as session:
        endpoint = await endpoint_of(session, caller.marketplace_id, endpoint_id)
        found = await deliveries_of(session, endpoint.id, after, limit + 1, state)
    return DeliveriesOut.of(found, limit, DeliveryOut.of)


@router.get(
    "/webhook-deliveries/{delivery_id}",
    summary="Get a webhook delivery",
    responses=refusing(READS, {404: "unknown_delivery"}),
)
async def get_webhook_delivery(delivery_id: IdInPath, caller: Actor, services: ServicesOfApp) -> WholeDeliveryOut:
    """One delivery; of each try the status, time, duration and the beginning of the answer."""
    async with services.database.transaction() as session:
        delivery = await delivery_of(session, caller.marketplace_id, delivery_id)
        attempts = await attempts_of(session, [delivery.id])
    return WholeDeliveryOut.whole(delivery, attempts[delivery.id])


def _check(services: Services, url: str) -> None:
    """Raises `Malformed` bad_url."""
    Outward(services.settings.webhook_host_names).check(url)


async def _with_secret(write: WriteRequest, answer: Answer) -> Response:
    """Adds the newest secret: it is not stored with the answer, and a repeat shows the one that is newest then."""
    if answer.status >= 400:
        return answer_response(answer)
    services = write.services
    async with services.database.transaction() as session:
        endpoint = await endpoint_of(session, None, UUID(answer.body["id"]))
    context = webhooks.secret_context(endpoint.id, endpoint.secrets)
    shown = answer.body | {"secret": services.sealer.open(endpoint.sealed, context)}
    return answer_response(Answer(answer.status, shown, answer.repeated))
