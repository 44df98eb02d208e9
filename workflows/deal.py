"""The deal's story: await the seller's answer, if it is a service; collect the money until the deadline, settle what is
unknown, give the verdict, see it through.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

from temporalio import workflow

from workflows.attributes import DEAL_STATE, FLAGGED, PAY_BY
from workflows.overriding import check_deal_override
from workflows.policies import BANK, COMPARED_AGAIN_AFTER_S, TRANSACTION
from workflows.story import Story
from workflows.words import closing_words, deal_words

with workflow.unsafe.imports_passed_through():
    from activities.deal import DealActivities
    from domain.deals import CloseReason, DealState
    from domain.disputes import Awaited
    from domain.money import Money
    from payloads.deal import CloseDeal, DealOrder, DealRef, DealView
    from payloads.override import OverrideOrder
    from payloads.payment import Hint


@workflow.defn(name="Deal")
class DealWorkflow:
    """One deal. The rows hold its state; this decides what happens next and when."""

    @workflow.init
    def __init__(self, order: DealOrder) -> None:
        self._order = order
        self._story = Story(replace(order, fresh=False))
        self._seen: DealView | None = None
        self._pay_by = order.pay_by

    @workflow.signal
    def wake(self, hint: Hint | None = None) -> None:
        """Something about this deal was recorded, perhaps what `hint` says: the rows decide."""
        self._story.wake(hint)

    @workflow.update(description="An operator's override, whose row is committed; its reason stays in the history.")
    def override(self, order: OverrideOrder) -> str:
        """Receives an override and looks again; the rows say what to do. Returns the state shown."""
        self._story.wake()
        return self._seen.state if self._seen else ""

    @override.validator
    def check_override(self, order: OverrideOrder) -> None:
        check_deal_override(order, self._seen)

    @workflow.run
    async def run(self, order: DealOrder) -> DealView:
        # A cancel request from outside interrupts no step: it closes the deal, and the story continues to its end.
        story = asyncio.create_task(self._tell())
        try:
            return await asyncio.shield(story)
        except asyncio.CancelledError:
            await self._close(CloseReason.CANCELLED)
            self._story.wake()
            deal = await story
            if deal.state == DealState.CANCELLED:
                raise
            return deal

    async def _tell(self) -> DealView:
        deal = self._as_begun() if self._order.fresh else await self._assess()
        deal = await self._await_the_answer(deal)
        deal = await self._collect_until_the_deadline(deal)
        deal = await self._settle(deal)
        deal = await self._see_the_money_through(deal)
        self._story.publish()
        return deal

    async def _await_the_answer(self, deal: DealView) -> DealView:
        """A proposed service: its seller confirms or denies, or it lapses. It takes no money before."""
        while deal.answer_by is not None:
            news = await self._story.wait("answer deadline", deal.wait_s)
            deal = await self._look() if news else await self._close(CloseReason.DEADLINE)
        return deal

    async def _collect_until_the_deadline(self, deal: DealView) -> DealView:
        """When money is held the deal decides with it; at the deadline the deal closes to new money."""
        while deal.open:
            news = await self._story.wait("payment deadline", at_most_s=deal.wait_s)
            deal = await self._look() if news else await self._close(CloseReason.DEADLINE)
        return deal

    def _as_begun(self) -> DealView:
        """Nothing has happened yet: the deal sleeps until a signal, or the deadline by the workflow's own clock.

        That clock only wakes it: the database's decides whether the deadline has passed.
        """
        self._story.listen()
        order = self._order
        left = datetime.fromisoformat(order.answer_by or order.pay_by) - workflow.now()
        return self._show(
            DealView(
                deal_id=order.deal_id,
                state=DealState.PROPOSED if order.answer_by else DealState.AWAITING_PAYMENT,
                wait_s=left.total_seconds(),
                held=str(Money(0, order.currency)),
                price=order.price,
                pay_by=order.pay_by,
                open=order.answer_by is None,
                answer_by=order.answer_by,
            )
        )

    async def _settle(self, deal: DealView) -> DealView:
        """Closed with answers outstanding: each bank's final answer is awaited, however late; then the verdict."""
        while deal.verdict is None and not deal.final:
            await self._story.wait("final answers of banks")
            deal = await self._look()
        return deal

    async def _see_the_money_through(self, deal: DealView) -> DealView:
        """The verdict is given. Funded: the seller is paid, perhaps after the buyer's acceptance, or as a dispute's
        decision divides it; not funded: everything goes back. Waits for that, and until books and banks agree.
        """
        while not deal.final:
            if deal.differences:
                await self._story.wait("an operator: the closing statement does not balance", COMPARED_AGAIN_AFTER_S)
                deal = await self._end()
            elif deal.closing:  # once everything has moved, it is compared at once
                deal = await self._end()
            else:
                await self._story.wait(_awaited(deal), deal.wait_s)
                deal = await self._look()
        return deal

    async def _look(self) -> DealView:
        """A hint saves a look at the rows: that all money has moved, which the comparison with the banks looks at."""
        hint = self._story.hint
        return await (self._end() if hint is not None and hint.closing else self._assess())

    async def _assess(self) -> DealView:
        about = DealRef(self._order.deal_id, self._pay_by)
        summary = f"where does the deal of {self._order.price} stand?"
        deal: DealView = await self._story.take(DealActivities.assess_deal, about, summary, TRANSACTION)
        return self._show(deal)

    async def _end(self) -> DealView:
        about = DealRef(self._order.deal_id, self._pay_by)
        deal: DealView = await self._story.take(DealActivities.end_deal, about, "do books and banks agree?", BANK)
        return self._show(deal)

    async def _close(self, reason: CloseReason) -> DealView:
        about = CloseDeal(self._order.deal_id, reason)
        summary = f"close to new money: {reason}"
        deal: DealView = await self._story.take(DealActivities.close_deal, about, summary, TRANSACTION)
        return self._show(deal)

    def _show(self, deal: DealView) -> DealView:
        """Shows operators the deal's status."""
        self._seen = deal
        words = closing_words(deal.differences) if deal.differences else deal_words(deal)
        self._story.show(words, (DEAL_STATE, deal.state), (FLAGGED, deal.flagged))
        if deal.pay_by != self._pay_by:  # both parties agreed on an extension, or the seller has confirmed
            self._pay_by = deal.pay_by
            self._story.show(words, (PAY_BY, datetime.fromisoformat(deal.pay_by)))
        return deal


def _awaited(deal: DealView) -> str:
    """What a funded or reversed deal waits for: the name of its timer in the Temporal UI."""
    if deal.dispute is not None:
        return {
            Awaited.ANSWER: f"the dispute: an answer of the {deal.answers}",
            Awaited.DECISION: "the dispute: a settlement, or the arbiter's decision",
            Awaited.SECOND_DECISION: "the dispute: a settlement, or a second arbiter's decision",
        }[Awaited(deal.dispute)]
    return "money on its way" if deal.wait_s is None else "acceptance, or the end of the inspection"
