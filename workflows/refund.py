"""The refund's story: take back what was released, part by part, until the payers have it."""

from __future__ import annotations

import asyncio

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from workflows.attributes import of_refund
from workflows.closing import COMPARED_AGAIN_AFTER_S, compare_with_the_banks
from workflows.latch import Latch, wake
from workflows.policies import BANK, TASK_TIMEOUT, TRANSACTION
from workflows.words import closing_words, refund_words

with workflow.unsafe.imports_passed_through():
    from activities.refund import RefundActivities
    from domain import keys
    from payloads.payment import StepRef
    from payloads.refund import ClawbackAnswer, ClawedBack, RefundOrder, RefundRef, RefundView

MOVING_S = 5  # how soon a comparison that money has overtaken is made again


@workflow.defn(name="Refund")
class RefundWorkflow:
    """One refund of released money. Every step is a row before it is a call; it cannot be called off."""

    @workflow.init
    def __init__(self, order: RefundOrder) -> None:
        self._order = order
        self._ref = RefundRef(order.refund_id)
        self._latch = Latch()

    @workflow.signal
    def wake(self) -> None:
        """Something about this refund was written down: look again."""
        self._latch.set()

    @workflow.run
    async def run(self, order: RefundOrder) -> RefundView:
        # A cancel request from outside changes nothing: the payer was promised his money.
        story = asyncio.create_task(self._story())
        try:
            return await asyncio.shield(story)
        except asyncio.CancelledError:
            return await story

    async def _story(self) -> RefundView:
        refund = await self._look()
        while not refund.final:
            if refund.steps:
                for step in refund.steps:
                    await self._claw_back(step)
            elif refund.retry_in_s is None:
                await self._wait("earlier refunds of the deal")
            elif refund.retry_in_s <= 0 or not await self._wait("money at the bank", refund.retry_in_s):
                await self._try_again()
            refund = await self._look()
        await self._tell(refund)
        while refund.closing:
            await self._compare_with_the_banks()
            refund = await self._look()
        return refund

    async def _claw_back(self, step: StepRef) -> None:
        about = f"{step.name} {step.number}"
        answer: ClawedBack = await workflow.execute_activity_method(
            RefundActivities.claw_back, step, summary=f"claw back from the seller and the platform ({about})", **BANK
        )
        await workflow.execute_activity_method(
            RefundActivities.record_clawback,
            ClawbackAnswer(step, answer),
            summary=f"note the bank's answer: {about}",
            **TRANSACTION,
        )

    async def _compare_with_the_banks(self) -> None:
        """The deal had ended: books and banks must agree again, and an operator is called until they do."""
        closing = await compare_with_the_banks(self._order.deal_id)
        if not closing.compared:
            await self._wait("money that moves", MOVING_S)
        elif not closing.balanced:
            workflow.set_current_details(closing_words(closing))
            await self._wait("an operator: the closing statement does not balance", COMPARED_AGAIN_AFTER_S)

    async def _try_again(self) -> None:
        await workflow.execute_activity_method(
            RefundActivities.try_clawback_again,
            self._ref,
            summary="plan what was refused under a new number",
            **TRANSACTION,
        )

    async def _tell(self, refund: RefundView) -> None:
        """Whoever waited for this refund goes on: its deal, the next refund, payments of which nothing is owed now."""
        for payment_id in refund.ended_payments:
            await wake(keys.payment_workflow(payment_id))
        if refund.next_refund is not None:
            await wake(keys.refund_workflow(refund.next_refund))
        await wake(keys.deal_workflow(self._order.deal_id))

    async def _wait(self, for_: str, at_most_s: float | None = None) -> bool:
        """Waits for news. When weeks of it have filled a history, a new run goes on from the same rows."""
        news = await self._latch.wait(for_, at_most_s)
        if workflow.info().is_continue_as_new_suggested():
            workflow.continue_as_new(self._order)
        return news

    async def _look(self) -> RefundView:
        self._latch.arm()
        refund: RefundView = await workflow.execute_activity_method(
            RefundActivities.look_at_refund, self._ref, summary="what is next?", **TRANSACTION
        )
        workflow.set_current_details(refund_words(self._order, refund))
        return refund


async def start_refund(order: RefundOrder) -> None:
    """Starts the workflow of a refund that a deal has decided on; it lives on by itself."""
    try:
        await workflow.start_child_workflow(
            RefundWorkflow.run,
            order,
            id=keys.refund_workflow(order.refund_id),
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            task_timeout=TASK_TIMEOUT,
            search_attributes=of_refund(order),
            static_summary=f"Refund of {order.amount} ({order.cause}), for deal/{order.deal_id}",
        )
    except WorkflowAlreadyStartedError:
        workflow.logger.info("refund/%s is running or has ended", order.refund_id)
