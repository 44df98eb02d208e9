"""The payment's story: ask the bank for a code, wait for it, debit, await the deal's decision, release or give back."""

from __future__ import annotations

import asyncio
from typing import Any

from temporalio import workflow

from workflows.attributes import PAYMENT_STATE
from workflows.compensation import Compensations, outcome_of
from workflows.latch import Latch, wake
from workflows.overriding import check_payment_override
from workflows.policies import BANK, TRANSACTION
from workflows.words import payment_words

with workflow.unsafe.imports_passed_through():
    from activities.code import CodeActivities
    from activities.payment import PaymentActivities
    from activities.refund import RefundActivities
    from activities.release import ReleaseActivities
    from bank.errors import Unknown
    from domain import keys
    from domain.payments import Decision, PaymentState, Step
    from payloads.override import OverrideOrder
    from payloads.payment import (
        AttemptRef,
        BankAnswer,
        CodeAnswer,
        CodeRef,
        DebitAnswer,
        OperationAnswer,
        PaymentOrder,
        PaymentRef,
        PaymentView,
        StepAnswer,
        StepRef,
    )

# What the bank is asked to do for each planned step, and how its answer is written down.
STEPS: dict[Step, tuple[Any, Any]] = {
    Step.CAPTURE: (ReleaseActivities.capture_hold, ReleaseActivities.record_release),
    Step.CREDIT: (ReleaseActivities.credit_seller, ReleaseActivities.record_release),
    Step.COMMISSION: (ReleaseActivities.pay_commission, ReleaseActivities.record_release),
    Step.VOID: (RefundActivities.void_hold, RefundActivities.record_void),
}

# What operators read beside them in the Temporal UI.
PURPOSES = {
    Step.CAPTURE: "take the held money",
    Step.CREDIT: "pay the seller",
    Step.COMMISSION: "pay the platform's commission",
    Step.VOID: "free the hold, fee included",
}


@workflow.defn(name="Payment")
class PaymentWorkflow:
    """One payment. Every step is a row before it is a call, so the story can be taken up again at any line."""

    @workflow.init
    def __init__(self, order: PaymentOrder) -> None:
        self._order = order
        self._ref = PaymentRef(order.payment_id)
        self._latch = Latch()
        self._undo = Compensations()
        self._shown = ""
        self._seen: PaymentView | None = None

    @workflow.signal
    def wake(self) -> None:
        """Something about this payment was written down: look again."""
        self._latch.set()

    @workflow.update(description="An operator's override, whose row is committed; its reason stays in the history.")
    def override(self, order: OverrideOrder) -> str:
        """Takes note of an override and looks again; what is to be done stands in the rows. Returns the state shown."""
        self._latch.set()
        return self._shown

    @override.validator
    def check_override(self, order: OverrideOrder) -> None:
        check_payment_override(order, self._seen)

    @workflow.run
    async def run(self, order: PaymentOrder) -> PaymentView:
        # A cancel request from outside interrupts no step: it is a request to the deal, and the story goes on.
        story = asyncio.create_task(self._story())
        try:
            return await asyncio.shield(story)
        except asyncio.CancelledError:
            await self._request_cancellation()
            payment = await story
            if payment.state in (PaymentState.CANCELLED, PaymentState.REFUNDED):
                raise
            return payment

    async def _story(self) -> PaymentView:
        payment = await self._look()
        if not payment.final:
            self._undo.register("void", self._void)  # before the bank does anything that would have to be undone
            if not payment.opened:
                payment = await self._open_operation()
        payment = await self._collect(payment)
        if payment.decision == Decision.RELEASE:
            payment = await self._release(payment)
        elif payment.decision == Decision.RETURN:
            payment = await self._give_back(payment)
        await wake(keys.deal_workflow(self._order.deal_id))
        return payment

    async def _open_operation(self) -> PaymentView:
        """The payer's bank confirms the fee that was shown and that the money is there, and opens an operation."""
        answer = await workflow.execute_activity_method(
            PaymentActivities.open_operation, self._ref, summary=f"open {self._order.amount} at the bank", **BANK
        )
        await self._write_down(
            PaymentActivities.record_operation, OperationAnswer(self._ref.payment_id, answer), "operation"
        )
        return await self._look()

    async def _collect(self, payment: PaymentView) -> PaymentView:
        """Passes on, in order, every wish for a code and every submitted code, until the deal decides."""
        while not payment.final and payment.decision is None:
            if payment.code is not None:
                await self._mail_code(CodeRef(payment.payment_id, payment.code))
            elif payment.attempt is not None:
                await self._debit(AttemptRef(payment.payment_id, payment.attempt))
            else:
                await self._wait("the payer's code, or the deal's decision", payment.wait_s)
            payment = await self._look()
        return payment

    async def _mail_code(self, code: CodeRef) -> None:
        answer = await workflow.execute_activity_method(
            CodeActivities.request_code, code, summary=f"have code {code.number} mailed to the payer", **BANK
        )
        await self._write_down(CodeActivities.record_code, CodeAnswer(code, answer), f"code {code.number}")

    async def _debit(self, attempt: AttemptRef) -> None:
        """Redeems the code and takes amount and fee into a hold. An unknown outcome is asked for, never undone."""
        answer = await workflow.execute_activity_method(
            CodeActivities.debit,
            attempt,
            summary=f"try {attempt.number}: redeem the code, hold {self._order.amount} and the fee",
            **BANK,
        )
        await self._write_down(CodeActivities.record_debit, DebitAnswer(attempt, answer), f"try {attempt.number}")
        await wake(keys.deal_workflow(self._order.deal_id))

    async def _release(self, payment: PaymentView) -> PaymentView:
        """Capture at the payer's bank, credit the seller at his, commission to the operator: as planned, in order.

        After the capture nothing is voided any more: a credit that is refused is owed to the seller, and this
        waits until he names another account.
        """
        while not payment.final:
            for step in payment.steps:
                if not await self._make(step) and step.name == Step.CAPTURE:
                    break
            payment = await self._look()
            if not payment.final and not payment.steps:
                payment = await self._stuck("another account of the seller", payment.wait_s)
        return payment

    async def _give_back(self, payment: PaymentView) -> PaymentView:
        """The compensating refund: everything that was registered is undone, newest first."""
        while isinstance(outcome := outcome_of(payment), Unknown):  # the deal decides after the answer, never before
            await self._wait("the bank's final answer")
            payment = await self._look()
        await self._undo.run(outcome)
        payment = await self._look()
        while not payment.final:
            if payment.steps:  # planned by the operator who named the way out
                await self._void()
                payment = await self._look()
            else:
                payment = await self._stuck("an operator")
        return payment

    async def _void(self) -> None:
        """The payer's bank frees what it holds, fee included, and takes no more codes for this payment."""
        payment = await self._look()
        for step in payment.steps:
            await self._make(step)

    async def _make(self, step: StepRef) -> bool:
        ask, record = STEPS[Step(step.name)]
        answer: BankAnswer = await workflow.execute_activity_method(
            ask, step, summary=f"{PURPOSES[Step(step.name)]} ({step.name} {step.number})", **BANK
        )
        await self._write_down(record, StepAnswer(step, answer), f"{step.name} {step.number}")
        return answer.done

    async def _write_down(self, record: Any, answer: Any, about: str) -> None:
        await workflow.execute_activity_method(
            record, answer, summary=f"note the bank's answer: {about}", **TRANSACTION
        )

    async def _stuck(self, for_: str, at_most_s: float | None = None) -> PaymentView:
        """A bank has refused what must succeed in the end. The deal learns of it; somebody has to name a way out."""
        await wake(keys.deal_workflow(self._order.deal_id))
        await self._wait(for_, at_most_s)
        return await self._look()

    async def _wait(self, for_: str, at_most_s: float | None = None) -> None:
        """Waits for news. When weeks of it have filled a history, a new run goes on from the same rows."""
        await self._latch.wait(for_, at_most_s)
        if workflow.info().is_continue_as_new_suggested():
            workflow.continue_as_new(self._order)

    async def _request_cancellation(self) -> None:
        await workflow.execute_activity_method(
            PaymentActivities.request_cancellation, self._ref, summary="ask the deal to cancel", **TRANSACTION
        )
        self._latch.set()
        await wake(keys.deal_workflow(self._order.deal_id))

    async def _look(self) -> PaymentView:
        self._latch.arm()
        payment: PaymentView = await workflow.execute_activity_method(
            PaymentActivities.look_at_payment, self._ref, summary="what is next?", **TRANSACTION
        )
        self._seen = payment
        workflow.set_current_details(payment_words(self._order, payment))
        if payment.state != self._shown:
            self._shown = payment.state
            workflow.upsert_search_attributes([PAYMENT_STATE.value_set(payment.state)])
        return payment
