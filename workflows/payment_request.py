"""A payment request's story: it waits for the payer's or the payee's decision, until it expires."""

from __future__ import annotations

import asyncio

from temporalio import workflow

from workflows.policies import TRANSACTION
from workflows.story import Story

with workflow.unsafe.imports_passed_through():
    from activities.payment_request import PaymentRequestActivities
    from domain.payment_requests import RequestState
    from payloads.payment_request import PaymentRequestOrder, PaymentRequestRef, PaymentRequestView

_WORDS = {
    RequestState.ASKED: "Asked; the payer has not answered",
    RequestState.CONFIRMED: "Paid",
    RequestState.DECLINED: "Declined by the payer",
    RequestState.WITHDRAWN: "Retracted by the payee",
    RequestState.EXPIRED: "Nobody answered in time",
}


@workflow.defn(name="PaymentRequest")
class PaymentRequestWorkflow:
    """One request. Its row holds the decision, which was followed by a signal."""

    @workflow.init
    def __init__(self, order: PaymentRequestOrder) -> None:
        self._order = order
        self._ref = PaymentRequestRef(order.request_id)
        self._story = Story(order)

    @workflow.signal
    def wake(self) -> None:
        """A decision was made: look again."""
        self._story.wake()

    @workflow.run
    async def run(self, order: PaymentRequestOrder) -> PaymentRequestView:
        # A cancel request from outside changes nothing: the payee withdraws it, over the API.
        story = asyncio.create_task(self._tell())
        try:
            return await asyncio.shield(story)
        except asyncio.CancelledError:
            return await story

    async def _tell(self) -> PaymentRequestView:
        request = await self._resume()
        while not request.final:
            await self._story.wait("the payer's word", request.wait_s)
            request = await self._resume()
        return request

    async def _resume(self) -> PaymentRequestView:
        step = PaymentRequestActivities.resume_request
        summary = f"was {self._order.amount} paid, or is the time over?"
        request: PaymentRequestView = await self._story.take(step, self._ref, summary, TRANSACTION)
        self._story.show(_words(self._order, request))
        return request


def _words(order: PaymentRequestOrder, request: PaymentRequestView) -> str:
    """Markdown for the current details of a payment request's workflow."""
    return "\n".join(
        [
            f"### {_WORDS[RequestState(request.state)]}",
            f"- **{order.amount}** from wallet `{order.payer_wallet_id}` to wallet `{order.payee_wallet_id}`",
        ]
    )
