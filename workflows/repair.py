"""A repair's story: the workflow that it is about takes it, the bank's tombstone if it needs one, it is carried out.

A forced result counts from then on, and the bank is asked on for its own answer, however late it comes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from temporalio import workflow

from workflows.bell import ring_at
from workflows.policies import BANK, TRANSACTION

with workflow.unsafe.imports_passed_through():
    from activities.repair import RepairActivities
    from domain import keys
    from domain.repairs import RepairKind, RepairState
    from payloads.payment import BankAnswer
    from payloads.repair import RepairAnswer, RepairOrder, RepairRef, RepairRejected, RepairView

# Kinds after which a bank is asked at once, instead of at its next turn.
_PROMPT = frozenset({RepairKind.ASK, RepairKind.FORCE})
TOLD = 4
TOLD_EVERY = timedelta(seconds=2)


@workflow.defn(name="Repair")
class RepairWorkflow:
    """One repair, from its approval on. Its row says what is so; it may be started anew at any line."""

    @workflow.init
    def __init__(self, order: RepairOrder) -> None:
        self._order = order
        self._ref = RepairRef(order.repair_id)

    @workflow.signal
    def wake(self) -> None:
        """The sweep has found it open: whatever it waits for is tried again by itself."""

    @workflow.run
    async def run(self, order: RepairOrder) -> RepairView:
        repair: RepairView = await self._transaction(RepairActivities.look_at_repair, self._ref, "where does it stand?")
        if repair.state == RepairState.APPROVED:
            repair = await self._begin(repair)
        if repair.state == RepairState.STANDING:
            workflow.set_current_details(
                "### Forced; the bank is asked on\n- Its own answer is compared when it comes."
            )
            answer = await self._ask(RepairActivities.ask_on, "the bank's own answer to what was forced")
            repair = await self._transaction(
                RepairActivities.record_repair, RepairAnswer(order.repair_id, answer), "compare the bank's answer"
            )
        workflow.set_current_details(f"### The repair is {repair.state}")
        return repair

    async def _begin(self, repair: RepairView) -> RepairView:
        told = await self._ask(RepairActivities.tell_repair, "tell the workflow that it is about")
        if told.refused_code is not None:
            rejected = RepairRejected(repair.repair_id, told.refused_code)
            repair = await self._transaction(RepairActivities.reject_repair, rejected, "it was not taken")
            return repair  # noqa: RET504  # says its type
        tombstone: BankAnswer | None = None
        if repair.tombstone:
            repair = await self._transaction(RepairActivities.prepare_tombstone, self._ref, "is it still unknown?")
            if repair.state != RepairState.APPROVED:
                return repair
            tombstone = await self._ask(RepairActivities.ask_for_tombstone, "the bank's promise that it is never done")
        answer = RepairAnswer(repair.repair_id, tombstone)
        repair = await self._transaction(RepairActivities.carry_out_repair, answer, f"carry out: {self._order.kind}")
        for payment_id in repair.decided:
            await ring_at(keys.payment_workflow(payment_id))
        for refund_id in repair.refunds:
            await ring_at(keys.refund_workflow(refund_id))
        await ring_at(keys.deal_workflow(self._order.deal_id))
        if self._order.payment_id is not None:
            await ring_at(keys.payment_workflow(self._order.payment_id))
        if self._order.kind in _PROMPT and repair.state != RepairState.REJECTED:
            await self._have_the_bank_asked()
        return repair

    async def _have_the_bank_asked(self) -> None:
        """A try that is under way does not hear of it, so it is told more than once, for longer than a try lasts."""
        for number in range(TOLD):
            if number:
                await workflow.sleep(TOLD_EVERY, summary="a try that was under way has ended")
            await self._transaction(RepairActivities.ask_again, self._ref, "have the bank asked now")

    async def _ask(self, question: Any, summary: str) -> Any:
        return await workflow.execute_activity_method(question, self._ref, summary=summary, **BANK)

    async def _transaction(self, act: Any, given: Any, summary: str) -> Any:
        return await workflow.execute_activity_method(act, given, summary=summary, **TRANSACTION)
