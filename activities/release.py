"""Release: capture at the payer's bank, credit at the seller's bank, commission to the operator."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.forcing import forced_answer
from activities.rails import Rails
from domain.payments import PaymentState, Step, StepState
from edge.database import Database
from payloads.payment import BankAnswer, StepAnswer, StepRef
from store.books import book_capture, book_commission, book_credit, book_owed
from store.deals import Deal
from store.notices import put_notice
from store.payments import Payment, lock_with_deal, move, payment_of, record_event
from store.steps import StepRow, resolve_step, step_of, steps_of, still_owed

# Refusals of a credit that another account of the seller cures. Any other needs an operator as well.
_THE_ACCOUNT = frozenset({"account_closed", "unknown_account", "currency_mismatch"})


class ReleaseActivities:
    def __init__(self, database: Database, rails: Rails) -> None:
        self._database = database
        self._rails = rails

    @activity.defn
    async def capture_hold(self, ref: StepRef) -> BankAnswer:
        """Has the payer's rail give away for good what it holds. After it nothing is voided any more."""
        payment, step, forced = await self._read(ref)
        return await self._rails.of(payment).capture(payment, step, forced)

    @activity.defn
    async def credit_seller(self, ref: StepRef) -> BankAnswer:
        """Has the seller credited with the amount less commission."""
        payment, step, forced = await self._read(ref)
        return await self._rails.of(payment).credit(payment, step, forced)

    @activity.defn
    async def pay_commission(self, ref: StepRef) -> BankAnswer:
        """Has the operator credited with the commission."""
        payment, step, forced = await self._read(ref)
        return await self._rails.of(payment).credit(payment, step, forced)

    @activity.defn
    async def record_release(self, answer: StepAnswer) -> None:
        """Writes the bank's final answer to a step into rows and books; the last answer ends the payment."""

        async def work(session: AsyncSession) -> None:
            deal, payment = await lock_with_deal(session, UUID(answer.step.payment_id))
            step = await step_of(session, payment.id, Step(answer.step.name), answer.step.number, lock=True)
            if step.state != StepState.PLANNED:
                return
            given = answer.answer
            payment.go_on()
            await resolve_step(session, step, operation=given.operation, refused_code=given.refused_code)
            record_event(session, payment, f"payment.{step.name}", done=given.done, code=given.refused_code)
            await _book(session, deal, payment, step)
            await session.flush()
            await _end_if_last(session, deal, payment)

        await self._database.run(work)

    async def _read(self, ref: StepRef) -> tuple[Payment, StepRow, BankAnswer | None]:
        async with self._database.transaction() as session:
            payment = await payment_of(session, None, UUID(ref.payment_id))
            step = await step_of(session, payment.id, Step(ref.name), ref.number)
            return payment, step, await forced_answer(session, payment, step.key)


async def _book(session: AsyncSession, deal: Deal, payment: Payment, step: StepRow) -> None:
    done = step.state == StepState.DONE
    if step.name == Step.CAPTURE and done:
        await book_capture(session, payment)
    elif step.name == Step.CREDIT and done:
        await book_credit(session, deal, payment, step)
    elif step.name == Step.CREDIT:
        await book_owed(session, deal, payment, step)
    elif done:
        await book_commission(session, deal, payment, step)


async def _end_if_last(session: AsyncSession, deal: Deal, payment: Payment) -> None:
    """Ends a payment with nothing left to do: completed, owed to the seller, or stuck and flagged for an operator."""
    newest = {step.name: step for step in await steps_of(session, payment.id)}
    refused = [step for step in newest.values() if step.state == StepState.REFUSED]
    stuck = newest[Step.CAPTURE].state == StepState.REFUSED  # nothing can be credited before it is captured
    if not stuck and any(step.state == StepState.PLANNED for step in newest.values()):
        return
    if not refused:
        move(session, payment, PaymentState.COMPLETED)
        await session.flush()
        if deal.final_at is not None and not await still_owed(session, deal):
            # The mail that the end of the deal did not bring, because something was still owed then.
            key, data = f"payables/{deal.id}", {"deal_id": str(deal.id)}
            await put_notice(session, deal.seller_id, f"deal.{deal.state}/seller", key, data)
        return
    owed = all(step.name == Step.CREDIT for step in refused)
    if owed:
        move(session, payment, PaymentState.PAYABLE, code=refused[0].refused_code)
    if not owed or refused[0].refused_code not in _THE_ACCOUNT:
        payment.flagged_at = deal.flagged_at = refused[0].resolved_at
        record_event(session, payment, "payment.flagged", step=refused[0].name, code=refused[0].refused_code)
