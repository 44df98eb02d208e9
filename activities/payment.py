"""A payment's activities: looking at its rows, opening its operation at the bank, flagging, cancelling."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.rails import Rails
from domain.payments import FINAL, AttemptState, CodeState, EndReason, PaymentState, Step
from edge.database import Database
from edge.wire import utc_or_none
from payloads.payment import BankAnswer, OperationAnswer, PaymentRef, PaymentView, StepRef
from store import clock
from store.accounts import next_payout_change
from store.codes import attempts_of, current_code
from store.deals import Deal, deal_of
from store.payments import Payment, lock_with_deal, move, payment_of, record_event
from store.steps import cancel_payment, makeable, resolve_step, step_of, steps_of, use_new_payout_account

# Where a wish for a code is still worth passing on: while a code is being checked or was right, it is not.
_CODE_WANTED = (PaymentState.OPENING, PaymentState.AWAITING_CODE)


class PaymentActivities:
    def __init__(self, database: Database, rails: Rails) -> None:
        self._database = database
        self._rails = rails

    @activity.defn
    async def look_at_payment(self, ref: PaymentRef) -> PaymentView:
        """Where the payment stands and what is next, as its rows say."""
        await self._pay_what_is_owed(ref)
        async with self._database.transaction() as session:
            payment = await payment_of(session, None, UUID(ref.payment_id))
            code = await current_code(session, payment.id)
            attempts = await attempts_of(session, payment.id)
            steps = await steps_of(session, payment.id)
            deal = await deal_of(session, None, payment.deal_id)
            wanted = code is not None and code.state == CodeState.REQUESTED and payment.state in _CODE_WANTED
            wait_s = await _seconds_to_wait(session, deal, payment, code_wanted=wanted)
        unresolved = [attempt.number for attempt in attempts if attempt.state == AttemptState.UNRESOLVED]
        return PaymentView(
            payment_id=ref.payment_id,
            state=payment.state,
            opened=payment.operation is not None,
            code=code.number if code is not None and wanted and wait_s is None else None,
            attempt=unresolved[0] if unresolved else None,
            decision=payment.decision,
            steps=[StepRef(ref.payment_id, step.name, step.number) for step in makeable(steps)],
            final=payment.state in FINAL,
            flagged=payment.flagged_at is not None,
            pay_by=deal.pay_by.isoformat(timespec="milliseconds"),
            wait_s=wait_s,
            delay_reason=payment.delay_reason,
            delayed_until=utc_or_none(payment.delayed_until),
        )

    async def _pay_what_is_owed(self, ref: PaymentRef) -> None:
        """A seller who has named another account for payouts, by whatever door, is paid there what he is owed."""

        async def work(session: AsyncSession) -> None:
            deal, payment = await lock_with_deal(session, UUID(ref.payment_id))
            if payment.state == PaymentState.PAYABLE:
                await use_new_payout_account(session, deal, payment)

        async with self._database.transaction() as session:
            state = (await payment_of(session, None, UUID(ref.payment_id))).state
        if state == PaymentState.PAYABLE:
            await self._database.run(work)

    @activity.defn
    async def open_operation(self, ref: PaymentRef) -> BankAnswer:
        """Has the payer's rail open the operation: it confirms the fee that was shown and that the money is there."""
        async with self._database.transaction() as session:
            payment = await payment_of(session, None, UUID(ref.payment_id))
            deal = await deal_of(session, None, payment.deal_id)
        return await self._rails.of(payment).open_operation(deal, payment)

    @activity.defn
    async def record_operation(self, answer: OperationAnswer) -> None:
        """Writes down that the operation is open, or ends the payment because the bank refuses it."""

        async def work(session: AsyncSession) -> None:
            _, payment = await lock_with_deal(session, UUID(answer.payment_id))
            if payment.operation is not None or payment.state in FINAL:
                return
            if answer.answer.done:
                payment.operation = answer.answer.operation
                payment.go_on()
                record_event(session, payment, "payment.operation_opened", operation=payment.operation)
                return
            payment.refused_code = answer.answer.refused_code
            if payment.state == PaymentState.RETURNING:  # ended by the deal meanwhile; there is nothing to void
                void = await step_of(session, payment.id, Step.VOID, 1, lock=True)
                await resolve_step(session, void, operation=None, refused_code=None)
            else:
                payment.end_reason = EndReason.REFUSED
            move(session, payment, PaymentState.FAILED, code=payment.refused_code)

        await self._database.run(work)

    @activity.defn
    async def request_cancellation(self, ref: PaymentRef) -> None:
        """Writes down that the payment should be cancelled: at once when it is idle, else for the deal to decide."""

        async def work(session: AsyncSession) -> None:
            _, payment = await lock_with_deal(session, UUID(ref.payment_id))
            if payment.state in FINAL or payment.decision is not None or payment.cancel_requested_at is not None:
                return
            payment.cancel_requested_at = func.clock_timestamp()
            if payment.state in (PaymentState.OPENING, PaymentState.AWAITING_CODE):
                await cancel_payment(session, payment)

        await self._database.run(work)


async def _seconds_to_wait(session: AsyncSession, deal: Deal, payment: Payment, *, code_wanted: bool) -> float | None:
    """After how long there is something to do without any news; None when nothing is near.

    A bank is asked for a code again once its limit has ended, and what is owed to a seller is paid to the account that
    he has named for payouts as soon as that one gets them.
    """
    until = now = None
    if code_wanted and payment.delayed_until is not None:
        until, now = payment.delayed_until, await clock.now(session, deal.id)
    elif payment.state == PaymentState.PAYABLE:
        until = await next_payout_change(session, deal.seller_id, deal.currency)
        now = await session.scalar(select(func.clock_timestamp()))
    if until is None or now is None or until <= now:
        return None
    return (until - now).total_seconds()
