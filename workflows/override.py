"""An override's story: the workflow that it concerns receives it, then it is carried out.

A forced result counts from then on, and the bank is still asked for its own answer, however late it comes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from temporalio import workflow

from workflows.policies import BANK, TRANSACTION

with workflow.unsafe.imports_passed_through():
    from activities.override import OverrideActivities
    from domain.overrides import OverrideKind, OverrideState
    from payloads.override import OverrideOrder, OverrideRef, OverrideView

# Kinds after which a bank is asked at once, instead of at the next scheduled time.
_PROMPT = frozenset({OverrideKind.ASK, OverrideKind.FORCE})
ASKED = 4
ASKED_EVERY = timedelta(seconds=2)


@workflow.defn(name="Override")
class OverrideWorkflow:
    """One override, from its approval on. Its row holds its state; it may be restarted at any point."""

    @workflow.init
    def __init__(self, order: OverrideOrder) -> None:
        self._order = order
        self._ref = OverrideRef(order.override_id)

    @workflow.signal
    def wake(self) -> None:
        """The redriver has found it open: every wait in it is retried by itself."""

    @workflow.run
    async def run(self, order: OverrideOrder) -> OverrideView:
        override = await self._take(OverrideActivities.send_override, "does the workflow concerned accept it?")
        if override.state == OverrideState.APPROVED and override.tombstone:
            override = await self._take(OverrideActivities.prepare_tombstone, "is it still unknown?")
        if override.state == OverrideState.APPROVED:
            about = f"carry out: {order.kind}, {order.amount} at stake"
            override = await self._take(OverrideActivities.carry_out_override, about)
            if order.kind in _PROMPT and override.state != OverrideState.REJECTED:
                await self._have_the_bank_asked()
        if override.state == OverrideState.IN_FORCE:
            workflow.set_current_details(
                "### Forced; the bank is still asked\n- Its answer is compared with the forced result."
            )
            override = await self._take(OverrideActivities.ask_on, "the bank's own answer to what was forced")
        workflow.set_current_details(f"### The override is {override.state}")
        return override

    async def _have_the_bank_asked(self) -> None:
        """A running try does not notice this, so it is asked more than once, for longer than a try lasts."""
        for number in range(ASKED):
            if number:
                await workflow.sleep(ASKED_EVERY, summary="until a call under way has ended")
            await workflow.execute_activity_method(
                OverrideActivities.ask_again, self._ref, summary="ask the bank now", **TRANSACTION
            )

    async def _take(self, step: Any, summary: str) -> OverrideView:
        override: OverrideView = await workflow.execute_activity_method(step, self._ref, summary=summary, **BANK)
        return override
