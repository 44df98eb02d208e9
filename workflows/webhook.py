"""A webhook endpoint's story: what is due is delivered, then the next try is awaited; it ends when nothing waits.

An endpoint without anything to deliver has no workflow. The next event starts one.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy

from workflows.latch import Latch

with workflow.unsafe.imports_passed_through():
    from activities.webhook import WebhookActivities
    from domain.webhooks import EndpointState
    from payloads.webhook import WebhookOrder, WebhookRef, WebhookView

# One run of deliveries: a minute, and the time-out of its last tries. It is repeated until it succeeds.
_DELIVERING: dict[str, Any] = {
    "start_to_close_timeout": timedelta(minutes=2),
    "heartbeat_timeout": timedelta(seconds=10),
    "retry_policy": RetryPolicy(
        initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(minutes=1)
    ),
}
LINGER_S = 30.0  # for more events: a busy endpoint needs no new workflow for each


@workflow.defn(name="WebhookEndpoint")
class WebhookEndpointWorkflow:
    @workflow.init
    def __init__(self, order: WebhookOrder) -> None:
        self._order = order
        self._latch = Latch()

    @workflow.signal
    def wake(self) -> None:
        """There is more to deliver, or the endpoint was changed."""
        self._latch.set()

    @workflow.run
    async def run(self, order: WebhookOrder) -> WebhookView:
        # A cancel request from outside changes nothing: the marketplace disables or deletes its endpoint.
        story = asyncio.create_task(self._tell())
        try:
            return await asyncio.shield(story)
        except asyncio.CancelledError:
            return await story

    async def _tell(self) -> WebhookView:
        while True:
            self._latch.arm()
            view: WebhookView = await workflow.execute_activity_method(
                WebhookActivities.deliver_webhooks,
                WebhookRef(self._order.endpoint_id),
                summary="send what is due",
                **_DELIVERING,
            )
            workflow.set_current_details(_words(self._order, view))
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(self._order)
            if view.wait_s == 0:
                continue
            what = "more events" if view.wait_s is None else "the next try"
            news = await self._latch.wait(what, LINGER_S if view.wait_s is None else view.wait_s)
            if view.wait_s is None and not news:
                return view


def _words(order: WebhookOrder, view: WebhookView) -> str:
    """Markdown for the current details of an endpoint's workflow."""
    if view.state != EndpointState.ENABLED:
        heading = f"The endpoint is {view.state}"
    elif view.wait_s is None:
        heading = "Everything is delivered"
    elif view.failures:
        heading = f"The endpoint has failed {view.failures} times in a row"
    else:
        heading = "Some events wait for another try"
    return "\n".join(
        [
            f"### {heading}",
            f"- of marketplace `{order.marketplace_id}`; it wants {order.wants}",
            f"- last run: {view.delivered} delivered, {view.failed} failed, {view.parked} given up",
        ]
    )
