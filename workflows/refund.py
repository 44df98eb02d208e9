"""The refund's story: claw back what was released, part by part, until the payers have it."""

from __future__ import annotations

import asyncio
from typing import Any

from temporalio import workflow

from workflows.attributes import FLAGGED
from workflows.policies import BANK, COMPARED_AGAIN_AFTER_S, TRANSACTION
from workflows.story import Story
from workflows.words import closing_words, refund_words

with workflow.unsafe.imports_passed_through():
    from activities.refund import RefundActivities
    from payloads.refund import RefundOrder, RefundRef, RefundView

MOVING_S = 5  # how soon a comparison overtaken by money is repeated


@workflow.defn(name="Refund")
class RefundWorkflow:
    """One refund of released money. Every step is a row before it is a call; it cannot be cancelled."""

    @workflow.init
    def __init__(self, order: RefundOrder) -> None:
        self._order = order
        self._ref = RefundRef(order.refund_id)
        self._story = Story(order)

    @workflow.signal
    def wake(self) -> None:
        """Something about this refund was recorded: look again."""
        self._story.wake()

    @workflow.run
    async def run(self, order: RefundOrder) -> RefundView:
        # A cancel request from outside changes nothing: the payer was promised the money.
        story = asyncio.create_task(self._tell())
        try:
            return await asyncio.shield(story)
        except asyncio.CancelledError:
            return await story

    async def _tell(self) -> RefundView:
        refund = await self._claw_back()
        while not refund.final:
            if refund.steps:
                refund = await self._claw_back()
            elif refund.retry_in_s is None:
                await self._story.wait("earlier refunds of the deal")
                refund = await self._claw_back()
            elif refund.retry_in_s <= 0 or not await self._story.wait("money at the bank", refund.retry_in_s):
                refund = await self._try_again()
            else:
                refund = await self._claw_back()
        while refund.closing:
            refund = await self._compare_with_the_banks()
        self._story.publish()
        return refund

    async def _claw_back(self) -> RefundView:
        """The next step in order: clawback from seller and platform, payment to the payer. The rows name it."""
        summary = f"claw back from the seller and the platform, of {self._order.amount} ({self._order.cause})"
        return await self._take(RefundActivities.claw_back, summary, BANK)

    async def _try_again(self) -> RefundView:
        return await self._take(
            RefundActivities.try_clawback_again, "plan refused steps again, under new numbers", TRANSACTION
        )

    async def _compare_with_the_banks(self) -> RefundView:
        """The deal had ended: books and banks must agree again, and an operator is called until they do."""
        refund = await self._take(RefundActivities.compare_again, "does the closing statement balance?", BANK)
        if refund.overtaken:
            await self._story.wait("money that moves", MOVING_S)
        elif refund.differences:
            self._story.show(closing_words(refund.differences))
            await self._story.wait("an operator: the closing statement does not balance", COMPARED_AGAIN_AFTER_S)
        return refund

    async def _take(self, step: Any, summary: str, policy: dict[str, Any]) -> RefundView:
        refund: RefundView = await self._story.take(step, self._ref, summary, policy)
        self._story.show(refund_words(self._order, refund), (FLAGGED, refund.flagged))
        return refund
