"""Delivering events to one webhook endpoint: signed, each lane in order, until nothing is due.

What was sent is recorded afterwards. When a worker dies in between, the message is sent again under the same name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.poller import now_s
from activities.steps import Steps
from edge.characters import as_typed
from edge.database import Database
from edge.mailer import Mail
from edge.outward import Outward, OutwardFailed
from edge.sealing import Sealer
from edge.webhooks import signed
from market.acts import Outcome
from market.signals import Signaller
from market.webhook_deliveries import MAX_ANSWER_CHARS, Batch, Message, Tried, next_batch, record
from payloads.webhook import WebhookRef, WebhookView
from rails.asking import beating
from store.mail.mails import put_mail
from store.operations.webhooks import endpoint_of
from texts.mails import write

log = structlog.get_logger()

RUN_S: Final = 60.0  # then the workflow's next activity begins; within the time-out in workflows.policies


class WebhookActivities:
    def __init__(self, database: Database, sealer: Sealer, outward: Outward, signaller: Signaller) -> None:
        self._database = database
        self._sealer = sealer
        self._outward = outward
        self._steps = Steps(database, signaller)

    @activity.defn
    async def deliver_webhooks(self, ref: WebhookRef) -> WebhookView:
        """Sends what is due to the endpoint, and says when the next try is; None: nothing waits."""
        endpoint_id, ends_at = UUID(ref.endpoint_id), now_s() + RUN_S
        delivered = failed = parked = 0
        async with beating():
            while True:
                batch, view = await self._database.run(partial(self._next, endpoint_id=endpoint_id))
                if batch is None:
                    return replace(view, delivered=delivered, failed=failed, parked=parked)
                tried = await self._send(batch)
                done = await self._steps.book(partial(self._record, endpoint_id=endpoint_id, tried=tried))
                delivered, failed, parked = delivered + done.delivered, failed + done.failed, parked + done.parked
                if done.parked:
                    log.warning("webhooks_parked", endpoint=ref.endpoint_id, parked=done.parked)
                if now_s() >= ends_at or activity.is_worker_shutdown():
                    return replace(done, delivered=delivered, failed=failed, parked=parked, wait_s=0.0)

    async def _next(self, session: AsyncSession, endpoint_id: UUID) -> tuple[Batch | None, WebhookView]:
        return await next_batch(session, endpoint_id, self._sealer)

    async def _record(self, session: AsyncSession, endpoint_id: UUID, tried: Sequence[Tried]) -> Outcome[WebhookView]:
        """With a mail when events were given up, one a day at most."""
        outcome = await record(session, endpoint_id, tried)
        if outcome.value.parked:
            endpoint = await endpoint_of(session, None, endpoint_id)
            host = urlsplit(endpoint.url).hostname
            facts = {"host": host, "events": outcome.value.parked}
            if endpoint.email is not None:
                words = write("webhook.parked", endpoint.language, "", facts)
                key = f"webhook-parked/{endpoint_id}/{tried[0].at.date()}"
                await put_mail(session, self._sealer, Mail(endpoint.email, *words, key, endpoint.language))
        return outcome

    async def _send(self, batch: Batch) -> Sequence[Tried]:
        return await asyncio.gather(*(self._try(batch, message) for message in batch.messages))

    async def _try(self, batch: Batch, message: Message) -> Tried:
        secret, *others = batch.secrets
        headers = signed(secret, message.name, batch.signed_at, message.body, *others)
        headers |= {"Content-Type": "application/json", "User-Agent": "Holdfast-Webhooks/1"}
        began = now_s()
        try:
            reply = await self._outward.ask(batch.url, headers, message.body)
        except OutwardFailed as failed:
            return Tried(message.delivery_id, batch.now, _ms(began), failure=str(failed))
        answer = as_typed(reply.first.decode(errors="replace"))[:MAX_ANSWER_CHARS]
        return Tried(message.delivery_id, batch.now, _ms(began), status=reply.status, answer=answer)


def _ms(began: float) -> int:
    return round((now_s() - began) * 1000)
