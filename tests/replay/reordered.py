"""The workflows with two steps swapped, as a careless change would leave them: no recorded history fits them.

Each is its parent but for one method, which is the parent's with two statements in the other order.
"""

from __future__ import annotations

from datetime import datetime

from temporalio import workflow

from workflows.attributes import DEAL_STATE, PAY_BY
from workflows.deal import DealWorkflow
from workflows.latch import wake
from workflows.payment import PaymentWorkflow
from workflows.policies import BANK
from workflows.words import deal_words

with workflow.unsafe.imports_passed_through():
    from activities.code import CodeActivities
    from domain import keys
    from payloads.deal import DealOrder, DealView
    from payloads.payment import AttemptRef, DebitAnswer, PaymentOrder, PaymentView


@workflow.defn(name="Payment")
class SamePayment(PaymentWorkflow):
    """The payment as it is: what the others would do without their swap."""

    @workflow.init
    def __init__(self, order: PaymentOrder) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: PaymentOrder) -> PaymentView:
        return await super().run(order)


@workflow.defn(name="Payment")
class ReorderedPayment(PaymentWorkflow):
    """Signals the deal before the bank's answer to a debit is recorded, instead of after."""

    @workflow.init
    def __init__(self, order: PaymentOrder) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: PaymentOrder) -> PaymentView:
        return await super().run(order)

    async def _debit(self, attempt: AttemptRef) -> None:
        answer = await workflow.execute_activity_method(
            CodeActivities.debit,
            attempt,
            summary=f"try {attempt.number}: redeem the code, hold {self._order.amount} and the fee",
            **BANK,
        )
        await wake(keys.deal_workflow(self._order.deal_id))
        await self._write_down(CodeActivities.record_debit, DebitAnswer(attempt, answer), f"try {attempt.number}")


@workflow.defn(name="Deal")
class SameDeal(DealWorkflow):
    """The deal as it is."""

    @workflow.init
    def __init__(self, order: DealOrder) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: DealOrder) -> DealView:
        return await super().run(order)


@workflow.defn(name="Deal")
class ReorderedDeal(DealWorkflow):
    """Signals payments before the state is shown to operators, instead of after."""

    @workflow.init
    def __init__(self, order: DealOrder) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: DealOrder) -> DealView:
        return await super().run(order)

    async def _told(self, deal: DealView) -> DealView:
        self._seen = deal
        workflow.set_current_details(deal_words(deal))
        for payment_id in deal.decided:
            await wake(keys.payment_workflow(payment_id))
        if deal.state != self._shown:
            self._shown = deal.state
            workflow.upsert_search_attributes([DEAL_STATE.value_set(deal.state)])
        if deal.pay_by != self._pay_by:
            self._pay_by = deal.pay_by
            workflow.upsert_search_attributes([PAY_BY.value_set(datetime.fromisoformat(deal.pay_by))])
            for payment_id in deal.undecided:
                await wake(keys.payment_workflow(payment_id))
        for refund in deal.clawbacks:
            await self._start(refund)
        return deal
