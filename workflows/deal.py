"""The deal's story: collect the money until the deadline, settle what is unknown, give the verdict, see it through."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

from temporalio import workflow

from workflows.attributes import DEAL_STATE, PAY_BY
from workflows.latch import Latch
from workflows.overriding import check_deal_override
from workflows.policies import BANK, COMPARED_AGAIN_AFTER_S, TRANSACTION
from workflows.words import closing_words, deal_words

with workflow.unsafe.imports_passed_through():
    from activities.deal import DealActivities
    from domain.deals import CloseReason, DealState
    from domain.money import Money
    from payloads.deal import CloseDeal, DealOrder, DealRef, DealView
    from payloads.override import OverrideOrder


@workflow.defn(name="Deal")
class DealWorkflow:
    """One deal. The rows hold its state; this decides what happens next and when."""

    @workflow.init
    def __init__(self, order: DealOrder) -> None:
        self._order = order
        self._latch = Latch()
        self._shown = ""
        self._seen: DealView | None = None
        self._pay_by = order.pay_by

    @workflow.signal
    def wake(self) -> None:
        """Something about this deal was recorded: look again."""
        self._latch.set()

    @workflow.update(description="An operator's override, whose row is committed; its reason stays in the history.")
    def override(self, order: OverrideOrder) -> str:
        """Receives an override and looks again; the rows say what to do. Returns the state shown."""
        self._latch.set()
        return self._shown

    @override.validator
    def check_override(self, order: OverrideOrder) -> None:
        check_deal_override(order, self._seen)

    @workflow.run
    async def run(self, order: DealOrder) -> DealView:
        # A cancel request from outside interrupts no step: it closes the deal, and the story continues to its end.
        story = asyncio.create_task(self._story())
        try:
            return await asyncio.shield(story)
        except asyncio.CancelledError:
            await self._close(CloseReason.CANCELLED)
            self._latch.set()
            deal = await story
            if deal.state == DealState.CANCELLED:
                raise
            return deal

    async def _story(self) -> DealView:
        deal = await self._collect_until_the_deadline()
        deal = await self._settle(deal)
        return await self._see_the_money_through(deal)

    async def _collect_until_the_deadline(self) -> DealView:
        """When money is held the deal decides with it; at the deadline the deal closes to new money."""
        deal = self._as_bought() if self._order.fresh else await self._assess()
        while deal.open:
            news = await self._wait("payment deadline", at_most_s=deal.wait_s)
            deal = await self._assess() if news else await self._close(CloseReason.DEADLINE)
        return deal

    def _as_bought(self) -> DealView:
        """Nothing has happened yet: the deal sleeps until a signal, or the deadline by the workflow's own clock.

        That clock only wakes it: the database's decides whether the deadline has passed.
        """
        self._latch.arm()
        order = self._order
        left = datetime.fromisoformat(order.pay_by) - workflow.now()
        return self._show(
            DealView(
                deal_id=order.deal_id,
                state=DealState.AWAITING_PAYMENT,
                wait_s=left.total_seconds(),
                held=str(Money(0, order.currency)),
                price=order.price,
                pay_by=order.pay_by,
                open=True,
            )
        )

    async def _settle(self, deal: DealView) -> DealView:
        """Closed with answers outstanding: each bank's final answer is awaited, however late; then the verdict."""
        while deal.verdict is None:
            await self._wait("final answers of banks")
            deal = await self._assess()
        return deal

    async def _see_the_money_through(self, deal: DealView) -> DealView:
        """The verdict is given. Funded: the seller is paid, perhaps after the buyer's acceptance, or as a dispute's
        decision divides it; not funded: everything goes back. Waits for that, and until books and banks agree.
        """
        while not deal.final:
            if deal.differences:
                await self._wait("an operator: the closing statement does not balance", COMPARED_AGAIN_AFTER_S)
            elif not deal.closing:  # once everything has moved, it is compared at once
                for_ = "money on its way" if deal.wait_s is None else "acceptance, or the end of the inspection"
                await self._wait(for_, at_most_s=deal.wait_s)
            deal = await self._assess()
        return deal

    async def _wait(self, for_: str, at_most_s: float | None = None) -> bool:
        """Waits for news. When weeks of it have filled a history, a new run continues from the same rows."""
        news = await self._latch.wait(for_, at_most_s)
        if workflow.info().is_continue_as_new_suggested():
            workflow.continue_as_new(replace(self._order, fresh=False))
        return news

    async def _assess(self) -> DealView:
        self._latch.arm()
        deal: DealView = await workflow.execute_activity_method(
            DealActivities.assess_deal,
            DealRef(self._order.deal_id, self._pay_by),
            summary=f"where does the deal of {self._order.price} stand?",
            **BANK,
        )
        return self._show(deal)

    async def _close(self, reason: CloseReason) -> DealView:
        self._latch.arm()
        deal: DealView = await workflow.execute_activity_method(
            DealActivities.close_deal,
            CloseDeal(self._order.deal_id, reason),
            summary=f"close to new money: {reason}",
            **TRANSACTION,
        )
        return self._show(deal)

    def _show(self, deal: DealView) -> DealView:
        """Shows operators the deal's status."""
        self._seen = deal
        workflow.set_current_details(closing_words(deal.differences) if deal.differences else deal_words(deal))
        if deal.state != self._shown:
            self._shown = deal.state
            workflow.upsert_search_attributes([DEAL_STATE.value_set(deal.state)])
        if deal.pay_by != self._pay_by:  # both parties agreed on an extension
            self._pay_by = deal.pay_by
            workflow.upsert_search_attributes([PAY_BY.value_set(datetime.fromisoformat(deal.pay_by))])
        return deal
