"""Giving back: before release the payer's bank frees what it holds; after it, what was released is taken back."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.forcing import forced_answer
from activities.rails import Rails
from domain.money import Money
from domain.payments import EndReason, PaymentState, Step, StepState, end_of
from domain.refunds import PAYER_CLOSED
from edge.database import Database
from edge.wire import utc_or_none
from market.liquidity import lacking
from payloads.payment import BankAnswer, StepAnswer, StepRef
from payloads.refund import ClawbackAnswer, ClawedBack, RefundRef, RefundView
from store import clock
from store.books import book_clawback, book_void
from store.deals import Deal, lock_deal
from store.deals import record_event as record_deal_event
from store.notices import put_notice
from store.payments import lock_payment, lock_with_deal, move, payment_of, record_event
from store.refunds import (
    Refund,
    end_refund,
    is_final,
    lock_refund,
    newest_steps,
    plan_again,
    refund_of,
    refunds_of,
    refusal_of,
    retry_of,
    steps_of_refund,
    to_be_compared,
    worth_another_try,
)
from store.steps import (
    StepRow,
    clawback_steps,
    owed_clawed_back_minor,
    refused_credit,
    resolve_step,
    step_of,
    steps_of,
)


class RefundActivities:
    def __init__(self, database: Database, rails: Rails) -> None:
        self._database = database
        self._rails = rails

    @activity.defn
    async def void_hold(self, ref: StepRef) -> BankAnswer:
        """Has the payer's rail free what it holds; an operation that holds nothing yet takes no code any more."""
        async with self._database.transaction() as session:
            payment = await payment_of(session, None, UUID(ref.payment_id))
            step = await step_of(session, payment.id, Step(ref.name), ref.number)
            forced = await forced_answer(session, payment, step.key)
        return await self._rails.of(payment).void(payment, step, forced)

    @activity.defn
    async def record_void(self, answer: StepAnswer) -> None:
        """Writes down that everything went back, and ends the payment; a bank that refuses calls an operator."""

        async def work(session: AsyncSession) -> None:
            deal, payment = await lock_with_deal(session, UUID(answer.step.payment_id))
            step = await step_of(session, payment.id, Step(answer.step.name), answer.step.number, lock=True)
            if step.state != StepState.PLANNED:
                return
            given = answer.answer
            payment.go_on()
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

    @activity.defn
    async def look_at_refund(self, ref: RefundRef) -> RefundView:
        """Where a refund stands and what is next, as its rows say."""
        async with self._database.transaction() as session:
            refund = await refund_of(session, None, UUID(ref.refund_id))
            deal = await session.get_one(Deal, refund.deal_id)
            steps = newest_steps(await steps_of_refund(session, refund.id))
            refunds = await refunds_of(session, refund.deal_id)
            now = await clock.now(session, refund.deal_id)
            payments = [await payment_of(session, None, payment_id) for payment_id in {row.payment_id for row in steps}]
        others = [other for other in refunds if not is_final(other)]
        its_turn = all(other.number >= refund.number for other in others)
        retry_at = retry_of(steps)
        return RefundView(
            refund_id=ref.refund_id,
            state=refund.state,
            steps=[
                StepRef(str(step.payment_id), step.name, step.number)
                for step in steps
                if its_turn and step.state == StepState.PLANNED
            ],
            retry_in_s=(retry_at - now).total_seconds() if retry_at else None,
            next_refund=next((str(other.id) for other in others if other.number > refund.number), None),
            ended_payments=sorted(str(payment.id) for payment in payments if payment.state == PaymentState.REFUNDED),
            final=is_final(refund),
            flagged=refund.flagged_at is not None,
            retry_at=utc_or_none(retry_at),
            closing=to_be_compared(deal, refund, refunds),
            refused=refusal_of(steps),
            lacking=[
                f"bank {bank_id}: {Money(minor, deal.currency)}" for bank_id, minor in lacking(steps, payments).items()
            ],
        )

    @activity.defn
    async def claw_back(self, ref: StepRef) -> ClawedBack:
        """Takes a part of what was released back from seller and operator, and pays it to the payer in one."""
        async with self._database.transaction() as session:
            payment = await payment_of(session, None, UUID(ref.payment_id))
            step = await step_of(session, payment.id, Step(ref.name), ref.number)
            assert step.refund_id is not None
            refund_row = await refund_of(session, None, step.refund_id)
            paid_out = await steps_of(session, payment.id)
        return await self._rails.of(payment).claw_back(payment, step, refund_row, paid_out)

    @activity.defn
    async def record_clawback(self, answer: ClawbackAnswer) -> None:
        """Writes the bank's final answer to a step of a refund into rows and books; the last one ends the refund."""

        async def work(session: AsyncSession) -> None:
            deal, payment = await lock_with_deal(session, UUID(answer.step.payment_id))
            step = await step_of(session, payment.id, Step(answer.step.name), answer.step.number, lock=True)
            if step.state != StepState.PLANNED:
                return
            assert step.refund_id is not None
            refund_row = await lock_refund(session, step.refund_id)
            given = answer.answer
            await resolve_step(session, step, operation=given.operation, refused_code=given.refused_code)
            if not given.done:
                refund_row.flagged_at = refund_row.flagged_at or step.resolved_at
                deal.flagged_at = deal.flagged_at or step.resolved_at
                record_deal_event(session, deal, "refund.flagged", number=refund_row.number, code=given.refused_code)
                if given.refused_code == PAYER_CLOSED:
                    await _ask_for_account(session, deal, step)
                return
            step.fee_minor, step.from_owed_minor = given.fee_minor, given.from_owed_minor
            step.from_payee_minor, step.from_guarantee_minor = given.from_payee_minor, given.from_guarantee_minor
            step.from_commission_minor = given.from_commission_minor
            await book_clawback(session, deal, payment, step)
            record_event(session, payment, f"payment.{step.name}", number=step.number, done=True)
            await session.flush()
            await _end_if_all_is_back(session, deal, refund_row)

        await self._database.run(work)

    @activity.defn
    async def try_clawback_again(self, ref: RefundRef) -> None:
        """Plans what the bank refused for good once more, under new numbers."""

        async def work(session: AsyncSession) -> None:
            found = await refund_of(session, None, UUID(ref.refund_id))
            await lock_deal(session, found.deal_id)
            for step in newest_steps(await steps_of_refund(session, found.id)):
                if worth_another_try(step):
                    await plan_again(session, await lock_payment(session, step.payment_id), step)

        await self._database.run(work)


async def _ask_for_account(session: AsyncSession, deal: Deal, step: StepRow) -> None:
    """Has the payer asked where his money should go, now that his account is closed."""
    facts = {"deal_id": str(deal.id), "amount": str(Money(step.amount_minor, deal.currency))}
    await put_notice(session, deal.buyer_id, "refund.account_closed/buyer", f"closed/{step.key}", facts)


async def _end_if_all_is_back(session: AsyncSession, deal: Deal, row: Refund) -> None:
    """Ends a refund with nothing left to do, and the owed payments of which nothing is owed any more."""
    steps = newest_steps(await steps_of_refund(session, row.id))
    if any(step.state != StepState.DONE for step in steps):
        return
    end_refund(session, deal, row)
    for payment_id in sorted({step.payment_id for step in steps}):
        payment = await lock_payment(session, payment_id)
        if payment.state == PaymentState.PAYABLE:
            credit = await refused_credit(session, payment_id)
            clawed_back = await clawback_steps(session, payment_id)
            if owed_clawed_back_minor(clawed_back, credit) == credit.amount_minor:
                move(session, payment, PaymentState.REFUNDED)
