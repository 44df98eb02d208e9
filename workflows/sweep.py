"""The sweep's story: one address after the other, in the order transfer, status, wallet, next.

What fails leaves its address to a later sweep. Rows have the truth, so the story may be restarted at any point.
"""

from __future__ import annotations

import asyncio
from typing import Any

from temporalio import workflow

from workflows.policies import TRANSACTION, WAITING
from workflows.poller import poll, work
from workflows.sending import CHAIN, send, words
from workflows.story import Story

with workflow.unsafe.imports_passed_through():
    from activities.sweep import SweepActivities
    from domain.sweeps import LineState
    from payloads.poller import PollOrder
    from payloads.sweep import SweepOrder, SweepRef, SweepsWaiting, SweepView

_WORDS = {
    LineState.WAITING: "It is found out what the address needs",
    LineState.GAS: "TRX is on its way to the address: it pays for the transfer",
    LineState.TRANSFERRING: "The transfer to the main wallet is under way",
}


@workflow.defn(name="Sweep")
class SweepWorkflow:
    """One sweep. Each address is ordered, sent, and booked before the next one begins."""

    @workflow.init
    def __init__(self, order: SweepOrder) -> None:
        self._order = order
        self._ref = SweepRef(order.sweep_id)
        self._story = Story(order)

    @workflow.signal
    def wake(self) -> None:
        """Something may have changed: look again."""
        self._story.wake()

    @workflow.run
    async def run(self, order: SweepOrder) -> SweepView:
        # A cancel request from outside changes nothing: what is signed may be on the chain at any moment.
        story = asyncio.create_task(self._tell())
        try:
            return await asyncio.shield(story)
        except asyncio.CancelledError:
            return await story

    async def _tell(self) -> SweepView:
        sweep = await self._resume()
        while not sweep.final:
            if sweep.sending is None:
                sweep = await self._move(sweep)
            else:
                what = "gas" if sweep.line_state == LineState.GAS else "transfer"
                await send(self._story, f"{what} of address {sweep.position}", sweep.sending)  # transfer, and status
                sweep = await self._resume()  # wallet, and next
        return sweep

    async def _move(self, sweep: SweepView) -> SweepView:
        summary = f"what does address {sweep.position} need to send {sweep.amount}?"
        return await self._take(SweepActivities.move_address, summary, CHAIN)

    async def _resume(self) -> SweepView:
        return await self._take(SweepActivities.resume_sweep, "book what has moved; which is next?", TRANSACTION)

    async def _take(self, step: Any, summary: str, policy: dict[str, Any]) -> SweepView:
        sweep: SweepView = await self._story.take(step, self._ref, summary, policy)
        self._story.show(_words(self._order, sweep))
        return sweep


@workflow.defn(name="Sweeping")
class SweepingWorkflow:
    """A poller: begins a sweep whenever addresses hold enough for one."""

    @workflow.run
    async def run(self, order: PollOrder) -> None:
        await poll(order, self._once)

    async def _once(self, order: PollOrder) -> PollOrder:
        waiting: SweepsWaiting = await workflow.execute_activity_method(
            SweepActivities.wait_for_sweeps, order, summary="wait for addresses that are worth a sweep", **WAITING
        )
        begun = await work(SweepActivities.begin_sweep, "begin a sweep") if waiting.addresses else 0
        return PollOrder(failed=waiting.addresses and not begun)


def _words(order: SweepOrder, sweep: SweepView) -> str:
    """Markdown for the current details of a sweep's workflow."""
    lines = [
        f"### {'Ended' if sweep.final else _WORDS[LineState(sweep.line_state)]}",
        f"- **{order.total}** from {order.lines} addresses to the main wallet; {sweep.ended} ended",
    ]
    if not sweep.final:
        lines.append(f"- address {sweep.position}: {sweep.amount} from `{sweep.address}`")
    if sweep.sending is not None:
        lines += words(sweep.sending)
    if sweep.failed:
        lines.append(f"- **An operator should look**: {sweep.failed} failed, and later sweeps try them again")
    return "\n".join(lines)
