"""The payment's story: ask the bank for a code, wait for it, debit, await the deal's decision, release or void."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from temporalio import workflow

from workflows.attributes import FLAGGED, PAYMENT_STATE
from workflows.compensation import Compensations, outcome_of
from workflows.overriding import check_payment_override
from workflows.policies import BANK, TRANSACTION
from workflows.story import Story
from workflows.words import payment_words

with workflow.unsafe.imports_passed_through():
    from activities.code import CodeActivities
    from activities.payment import PaymentActivities
    from activities.release import ReleaseActivities
    from bank.errors import Unknown
    from domain.payments import CREDITS, Decision, PaymentState, Step
    from domain.wallets import where
    from payloads.override import OverrideOrder
    from payloads.payment import AttemptRef, CodeRef, Hint, PaymentOrder, PaymentRef, PaymentView, StepRef

# A code that comes during a step is seen before its signal. Temporal refuses a task that ends a workflow while a signal
# is on its way, and the steps of that task would be missing from the history: so its signal is awaited.
SIGNALLED_WITHIN_S = 1.0

# The activity for each planned step, and its summary in the Temporal UI.
STEPS: dict[Step, tuple[Any, str]] = {
    Step.CAPTURE: (ReleaseActivities.capture_hold, "capture what is held"),
    Step.CREDIT: (ReleaseActivities.credit_seller, "pay the seller"),
    Step.REST: (ReleaseActivities.credit_seller, "pay the seller the rest"),
    Step.COMMISSION: (ReleaseActivities.pay_commission, "pay the platform's commission"),
    Step.VOID: (ReleaseActivities.void_hold, "free what is held, fee included"),
}


@workflow.defn(name="Payment")
class PaymentWorkflow:
    """One payment. Every step is a row before it is a call, so the story can be resumed at any point."""

    @workflow.init
    def __init__(self, order: PaymentOrder) -> None:
        self._order = order
        self._ref = PaymentRef(order.payment_id)
        self._story = Story(order)
        self._undo = Compensations()
        self._seen: PaymentView | None = None

    @workflow.signal
    def wake(self, hint: Hint | None = None) -> None:
        """Something about this payment was recorded, perhaps what `hint` says: the rows decide."""
        self._story.wake(hint)

    @workflow.update(description="An operator's override, whose row is committed; its reason stays in the history.")
    def override(self, order: OverrideOrder) -> str:
        """Receives an override and looks again; the rows say what to do. Returns the state shown."""
        self._story.wake()
        return self._seen.state if self._seen else ""

    @override.validator
    def check_override(self, order: OverrideOrder) -> None:
        check_payment_override(order, self._seen)

    @workflow.run
    async def run(self, order: PaymentOrder) -> PaymentView:
        # A cancel request from outside interrupts no step: it is a request to the deal, and the story continues.
        story = asyncio.create_task(self._tell())
        try:
            return await asyncio.shield(story)
        except asyncio.CancelledError:
            await self._request_cancellation()
            payment = await story
            if payment.state in (PaymentState.CANCELLED, PaymentState.REFUNDED):
                raise
            return payment

    async def _tell(self) -> PaymentView:
        self._undo.register("void", self._void)  # before the bank does anything that would have to be undone
        payment = await (self._resume() if self._order.authorised else self._open_operation())
        payment = await self._collect(payment)
        if payment.decision == Decision.RELEASE:
            payment = await self._release(payment)
        elif payment.decision == Decision.RETURN:
            payment = await self._return_money(payment)
        self._story.publish()
        return payment

    async def _open_operation(self) -> PaymentView:
        """The payer's bank confirms the shown fee and that the money is available, and mails the first code."""
        summary = f"open {self._order.amount} at {self._payer}, and have a code mailed"
        return await self._take(PaymentActivities.open_operation, self._ref, summary)

    async def _collect(self, payment: PaymentView) -> PaymentView:
        """Passes on, in order, every request for a code and every submitted code, until the deal decides."""
        while not payment.final and payment.decision is None:
            if payment.code is not None:
                payment = await self._mail_code(payment.code)
            elif payment.attempt is not None:
                await self._story.wait("the signal of the code that was submitted meanwhile", SIGNALLED_WITHIN_S)
                payment = await self._debit(payment.attempt)
            else:
                payment = await self._await_code(payment)
        return payment

    async def _await_code(self, payment: PaymentView) -> PaymentView:
        """A hint saves a look at the rows: the step that it names looks at them anyway."""
        await self._story.wait("the payer's code, or the deal's decision", payment.wait_s)
        hint = self._story.hint
        if hint is not None and hint.attempt is not None:
            return await self._debit(hint.attempt)
        if hint is not None and hint.code is not None:
            return await self._mail_code(hint.code)
        return await self._resume()

    async def _mail_code(self, number: int) -> PaymentView:
        code = CodeRef(self._ref.payment_id, number)
        return await self._take(
            PaymentActivities.request_code, code, f"have code {number} mailed by {self._payer}", code=number
        )

    async def _debit(self, number: int) -> PaymentView:
        """Redeems the code and takes amount and fee into a hold. An unknown outcome is asked about, never undone.

        The deal decides with the answer: the result is the payment after its decision.
        """
        attempt = AttemptRef(self._ref.payment_id, number)
        summary = f"try {number}: redeem the code at {self._payer}, hold {self._order.amount} and the fee"
        return await self._take(
            CodeActivities.debit, attempt, summary, state=PaymentState.PROCESSING, code=None, attempt=number
        )

    async def _release(self, payment: PaymentView) -> PaymentView:
        """Capture at the payer's bank, credit at the seller's bank, commission to the platform: as planned, in order.

        After the capture nothing is voided any more: a refused credit is a payable to the seller, and this waits until
        the seller names another account. So does what is kept until a dispute ends, after its undisputed part was paid.
        """
        while not payment.final:
            if payment.steps:
                payment = await self._make(payment.steps[0])
            else:
                kept = payment.state == PaymentState.KEPT
                await self._story.wait(
                    "the end of the dispute" if kept else "another account of the seller", payment.wait_s
                )
                payment = await self._resume()
        return payment

    async def _return_money(self, payment: PaymentView) -> PaymentView:
        """The compensation: everything that was registered is undone, newest first."""
        while isinstance(outcome := outcome_of(payment), Unknown):  # the deal decides after the answer, never before
            await self._story.wait("the bank's final answer")
            payment = await self._resume()
        await self._undo.run(outcome)
        payment = self._seen or payment
        while not payment.final:
            if not payment.steps:
                await self._story.wait("an operator")
                payment = await self._resume()
            if payment.steps:  # planned by the operator who named the account
                payment = await self._make(payment.steps[0])
        return payment

    async def _void(self) -> None:
        """The payer's bank frees what it holds, fee included, and accepts no more codes for this payment."""
        for step in [] if self._seen is None else self._seen.steps:
            await self._make(step)

    async def _make(self, step: StepRef) -> PaymentView:
        ask, purpose = STEPS[Step(step.name)]
        at = where(self._order.payee_bank) if step.name in CREDITS else self._payer
        summary = f"{purpose}: {step.name} {step.number} of {self._order.amount}, {at}"
        return await self._take(ask, step, summary)

    @property
    def _payer(self) -> str:
        return where(self._order.payer_bank)

    async def _request_cancellation(self) -> None:
        await workflow.execute_activity_method(
            PaymentActivities.request_cancellation, self._ref, summary="ask the deal to cancel", **TRANSACTION
        )
        self._story.wake()

    async def _resume(self) -> PaymentView:
        step = PaymentActivities.resume_payment
        payment: PaymentView = await self._story.take(step, self._ref, "what is next?", TRANSACTION)
        return self._show(payment)

    async def _take(self, step: Any, about: Any, summary: str, **expected: Any) -> PaymentView:
        """One step with a bank; `expected` is the payment's shown status during the step."""
        if self._seen is not None and expected:
            self._show(replace(self._seen, **expected))
        payment: PaymentView = await self._story.take(step, about, summary, BANK)
        return self._show(payment)

    def _show(self, payment: PaymentView) -> PaymentView:
        self._seen = payment
        shown = (PAYMENT_STATE, payment.state), (FLAGGED, payment.flagged)
        self._story.show(payment_words(self._order, payment), *shown)
        return payment
