"""The payment's workflow as careless changes would leave it: no recorded history fits it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from temporalio import workflow

from workflows.payment import PaymentWorkflow
from workflows.policies import BANK

with workflow.unsafe.imports_passed_through():
    from payloads.payment import PaymentOrder, PaymentView


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
    """Shows what it expects of a step after the step, instead of before."""

    @workflow.init
    def __init__(self, order: PaymentOrder) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: PaymentOrder) -> PaymentView:
        return await super().run(order)

    async def _take(self, step: Any, about: Any, summary: str, **expected: Any) -> PaymentView:
        payment: PaymentView = await self._story.take(step, about, summary, BANK)
        if self._seen is not None and expected:
            self._show(replace(self._seen, **expected))
        return self._show(payment)


@workflow.defn(name="Payment")
class DelayedPayment(PaymentWorkflow):
    """Begins with a pause that no history has."""

    @workflow.init
    def __init__(self, order: PaymentOrder) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: PaymentOrder) -> PaymentView:
        await workflow.sleep(1)
        return await super().run(order)
