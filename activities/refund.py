"""The compensating refund before release: the payer's bank frees everything it holds, fee included."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.asking import operation_answer
from activities.forcing import forced_answer
from activities.payment import flag_payment
from bank.client import BankClient, void
from domain.payments import EndReason, PaymentState, Step, StepState, end_of
from edge.database import Database
from payloads.payment import BankAnswer, StepAnswer, StepRef
from store.books import book_void
from store.payments import lock_with_deal, move, payment_of, record_event
from store.steps import resolve_step, step_of


class RefundActivities:
    def __init__(self, database: Database, bank: BankClient) -> None:
        self._database = database
        self._bank = bank

    @activity.defn
    async def void_hold(self, ref: StepRef) -> BankAnswer:
        """Has the payer's bank free what it holds; an operation that holds nothing yet takes no code any more."""
        async with self._database.transaction() as session:
            payment = await payment_of(session, None, UUID(ref.payment_id))
            step = await step_of(session, payment.id, Step(ref.name), ref.number)
            forced = await forced_answer(session, payment, step.key)
        call = void(step.key, payment.operation or "", amount=payment.amount)
        return await operation_answer(self._bank, call, lambda: flag_payment(self._database, payment), forced)

    @activity.defn
    async def record_refund(self, answer: StepAnswer) -> None:
        """Writes down that everything went back, and ends the payment; a bank that refuses calls an operator."""

        async def work(session: AsyncSession) -> None:
            deal, payment = await lock_with_deal(session, UUID(answer.step.payment_id))
            step = await step_of(session, payment.id, Step(answer.step.name), answer.step.number, lock=True)
            if step.state != StepState.PLANNED:
                return
            given = answer.answer
            await resolve_step(session, step, operation=given.operation, refused_code=given.refused_code)
            if not given.done:
                payment.flagged_at = deal.flagged_at = step.resolved_at
                record_event(session, payment, "payment.flagged", step=step.name, code=given.refused_code)
                return
            if payment.taken:
                await book_void(session, payment)
            reason = EndReason(payment.end_reason or EndReason.DEADLINE)
            move(session, payment, PaymentState(end_of(payment.taken, reason)))

        await self._database.run(work)
