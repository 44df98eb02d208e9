"""An override's story: the workflow that it is about takes it, the bank's tombstone if it needs one, it is carried out.

A forced result counts from then on, and the bank is asked on for its own answer, however late it comes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from temporalio import workflow

from workflows.latch import wake
from workflows.policies import BANK, TRANSACTION

with workflow.unsafe.imports_passed_through():
    from activities.override import OverrideActivities
    from domain import keys
    from domain.overrides import OverrideKind, OverrideState
    from payloads.override import OverrideAnswer, OverrideOrder, OverrideRef, OverrideRejected, OverrideView
    from payloads.payment import BankAnswer

# Kinds after which a bank is asked at once, instead of at its next turn.
_PROMPT = frozenset({OverrideKind.ASK, OverrideKind.FORCE})
TOLD = 4
TOLD_EVERY = timedelta(seconds=2)


@workflow.defn(name="Override")
class OverrideWorkflow:
    """One override, from its approval on. Its row says what is so; it may be started anew at any line."""

    @workflow.init
    def __init__(self, order: OverrideOrder) -> None:
        self._order = order
        self._ref = OverrideRef(order.override_id)

    @workflow.signal
    def wake(self) -> None:
        """The redriver has found it open: whatever it waits for is tried again by itself."""

    @workflow.run
    async def run(self, order: OverrideOrder) -> OverrideView:
        override: OverrideView = await self._transaction(
            OverrideActivities.look_at_override, self._ref, "where does it stand?"
        )
        if override.state == OverrideState.APPROVED:
            override = await self._begin(override)
        if override.state == OverrideState.IN_FORCE:
            workflow.set_current_details(
                "### Forced; the bank is asked on\n- Its own answer is compared when it comes."
            )
            answer = await self._ask(OverrideActivities.ask_on, "the bank's own answer to what was forced")
            override = await self._transaction(
                OverrideActivities.record_override,
                OverrideAnswer(order.override_id, answer),
                "compare the bank's answer",
            )
        workflow.set_current_details(f"### The override is {override.state}")
        return override

    async def _begin(self, override: OverrideView) -> OverrideView:
        told = await self._ask(OverrideActivities.tell_override, "tell the workflow that it is about")
        if told.refused_code is not None:
            rejected = OverrideRejected(override.override_id, told.refused_code)
            override = await self._transaction(OverrideActivities.reject_override, rejected, "it was not taken")
            return override  # noqa: RET504  # says its type
        tombstone: BankAnswer | None = None
        if override.tombstone:
            override = await self._transaction(OverrideActivities.prepare_tombstone, self._ref, "is it still unknown?")
            if override.state != OverrideState.APPROVED:
                return override
            tombstone = await self._ask(
                OverrideActivities.ask_for_tombstone, "the bank's promise that it is never done"
            )
        answer = OverrideAnswer(override.override_id, tombstone)
        override = await self._transaction(OverrideActivities.apply_override, answer, f"carry out: {self._order.kind}")
        for payment_id in override.decided:
            await wake(keys.payment_workflow(payment_id))
        for refund_id in override.refunds:
            await wake(keys.refund_workflow(refund_id))
        await wake(keys.deal_workflow(self._order.deal_id))
        if self._order.payment_id is not None:
            await wake(keys.payment_workflow(self._order.payment_id))
        if self._order.kind in _PROMPT and override.state != OverrideState.REJECTED:
            await self._have_the_bank_asked()
        return override

    async def _have_the_bank_asked(self) -> None:
        """A try that is under way does not hear of it, so it is told more than once, for longer than a try lasts."""
        for number in range(TOLD):
            if number:
                await workflow.sleep(TOLD_EVERY, summary="a try that was under way has ended")
            await self._transaction(OverrideActivities.ask_again, self._ref, "have the bank asked now")

    async def _ask(self, question: Any, summary: str) -> Any:
        return await workflow.execute_activity_method(question, self._ref, summary=summary, **BANK)

    async def _transaction(self, act: Any, given: Any, summary: str) -> Any:
        return await workflow.execute_activity_method(act, given, summary=summary, **TRANSACTION)
