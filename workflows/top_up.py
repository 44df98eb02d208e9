"""A top-up's story: it waits for the money until its time is over, then until its gateway has read all up to then."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

from temporalio import workflow

from workflows.attributes import TOP_UP_STATE
from workflows.latch import SHORTEST_WAIT
from workflows.policies import TRANSACTION
from workflows.story import Story

with workflow.unsafe.imports_passed_through():
    from activities.top_up import TopUpActivities
    from domain.top_ups import TopUpState
    from payloads.top_up import TopUpOrder, TopUpRef, TopUpView

_WORDS = {
    TopUpState.WAITING: "Waits for the money",
    TopUpState.SEEN: "Seen, not final yet",
    TopUpState.CONFIRMED: "Final, held back until another source confirms it",
    TopUpState.PARTIALLY_RECEIVED: "A part was received",
    TopUpState.CREDITED: "Credited",
    TopUpState.OVERPAID: "Credited: more than was ordered",
    TopUpState.UNDERPAID: "Less was received than ordered; it is credited",
    TopUpState.LATE: "Paid too late; it is credited",
    TopUpState.EXPIRED: "Nothing was paid in time",
    TopUpState.FAILED: "Ended by an operator",
}


@workflow.defn(name="TopUp")
class TopUpWorkflow:
    """One top-up. What has arrived is in the rows, each followed by a signal; only the time to pay runs here."""

    @workflow.init
    def __init__(self, order: TopUpOrder) -> None:
        self._order = order
        self._ref = TopUpRef(order.top_up_id)
        self._story = Story(replace(order, fresh=False))
        self._timer: asyncio.Task[None] | None = None

    @workflow.signal
    def wake(self) -> None:
        """Something has arrived, or the gateway has read on: look again."""
        self._story.wake()

    @workflow.run
    async def run(self, order: TopUpOrder) -> TopUpView:
        # A cancel request from outside changes nothing: money may be on its way. An operator ends it, over the API.
        story = asyncio.create_task(self._tell())
        try:
            return await asyncio.shield(story)
        except asyncio.CancelledError:
            return await story

    async def _tell(self) -> TopUpView:
        top_up = self._as_begun() if self._order.fresh else await self._resume()
        while not top_up.final:
            self._wake_after(top_up.wait_s, "the gateway to read on" if top_up.ended else "time to pay")
            await self._story.wait("the money")
            top_up = await self._resume()
        self._story.publish()
        return top_up

    def _as_begun(self) -> TopUpView:
        """Nothing has arrived: it sleeps until a signal, or until its time is over by the workflow's own clock.

        That clock only wakes it: the database's decides.
        """
        self._story.listen()
        left = datetime.fromisoformat(self._order.pay_by) - workflow.now()
        top_up = TopUpView(self._order.top_up_id, TopUpState.WAITING, wait_s=left.total_seconds())
        self._story.show(_words(self._order, top_up))
        return top_up

    def _wake_after(self, seconds: float, for_: str) -> None:
        """One timer runs at a time. It is never cancelled, which would be an event for each part that arrives."""

        async def later() -> None:
            await workflow.sleep(max(timedelta(seconds=seconds), SHORTEST_WAIT), summary=for_)
            self._story.wake()

        if self._timer is None or self._timer.done():
            self._timer = asyncio.create_task(later())

    async def _resume(self) -> TopUpView:
        summary = f"has {self._order.amount} arrived, or is the time over?"
        top_up: TopUpView = await self._story.take(TopUpActivities.resume_top_up, self._ref, summary, TRANSACTION)
        self._story.show(_words(self._order, top_up), (TOP_UP_STATE, top_up.state))
        return top_up


def _words(order: TopUpOrder, top_up: TopUpView) -> str:
    """Markdown for the current details of a top-up's workflow."""
    lines = [
        f"### {_WORDS[TopUpState(top_up.state)]}",
        f"- **{order.amount}** by {order.gateway} into wallet `{order.wallet_id}`",
    ]
    if top_up.ended:
        lines.append("- the time to pay is over; money that was sent in time may still be read")
    for words, amount in (("credited", top_up.received), ("credited, paid late", top_up.late), ("seen", top_up.seen)):
        if amount:
            lines.append(f"- {words}: {amount}")
    return "\n".join(lines)
