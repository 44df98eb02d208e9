"""Codes and debits: having a code mailed, redeeming a submitted one. The code is read here and never returned."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from activities.flags import put_off
from activities.forcing import forced_answer
from activities.rails import Rails
from domain.codes import MAX_CODES, MAX_TRIES
from domain.keys import debit_key
from domain.payments import (
    AttemptState,
    CodeState,
    Decision,
    EndReason,
    PaymentState,
)
from edge.database import Database
from edge.sealing import Sealer
from payloads.payment import AttemptRef, BankAnswer, CodeAnswer, CodeRef, DebitAnswer
from store.books import book_hold
from store.codes import attempts_of, code_of, current_code, refuse_attempt, resolve_attempt, sealing_context
from store.payments import Payment, decide, lock_with_deal, move, payment_of, record_event
from store.steps import plan_void

# The bank's answers that only say that the code was not right; any other refusal ends the payment.
_NOT_THE_CODE = frozenset({"code_rejected", "bad_code"})


class CodeActivities:
    def __init__(self, database: Database, rails: Rails, sealer: Sealer) -> None:
        self._database = database
        self._rails = rails
        self._sealer = sealer

    @activity.defn
    async def request_code(self, ref: CodeRef) -> BankAnswer:
        """Has the payment's next code mailed to the owner of the account that it is paid from."""
        async with self._database.transaction() as session:
            payment = await payment_of(session, None, UUID(ref.payment_id))
        return await self._rails.of(payment).request_code(payment, ref.number)

    @activity.defn
    async def record_code(self, answer: CodeAnswer) -> None:
        """Writes down that a code was sent, or is put off by the bank; a refused first code ends the payment."""

        async def work(session: AsyncSession) -> None:
            deal, payment = await lock_with_deal(session, UUID(answer.code.payment_id))
            code = await code_of(session, payment.id, answer.code.number)
            if code.state != CodeState.REQUESTED:
                return
            if answer.answer.delay_reason is not None:
                if payment.decision is None:
                    await put_off(session, deal, payment, answer.answer.delay_reason, answer.answer.delay_s or 0)
                return
            payment.go_on()
            code.state = CodeState.SENT if answer.answer.done else CodeState.REFUSED
            code.refused_code = answer.answer.refused_code
            if answer.answer.expires_at:
                code.expires_at = datetime.fromisoformat(answer.answer.expires_at).astimezone(UTC)
            if payment.decision is not None:
                return
            if answer.answer.done and payment.state == PaymentState.OPENING:
                move(session, payment, PaymentState.AWAITING_CODE, code=code.number)
            elif answer.answer.done:
                record_event(session, payment, "payment.code_sent", code=code.number)
            elif payment.state == PaymentState.OPENING:
                await _end(session, payment, answer.answer)

        await self._database.run(work)

    @activity.defn
    async def debit(self, ref: AttemptRef) -> BankAnswer:
        """Redeems a submitted code on the payment's rail, which takes amount and fee into a hold, atomically."""
        async with self._database.transaction() as session:
            payment = await payment_of(session, None, UUID(ref.payment_id))
            attempt = (await attempts_of(session, payment.id))[ref.number - 1]
            forced = await forced_answer(session, payment, debit_key(ref.payment_id, ref.number))
        if attempt.sealed_code is None:  # answered and wiped before: this activity runs again after a reset
            held = attempt.state == AttemptState.HELD
            return BankAnswer(done=held, operation=payment.operation, refused_code=attempt.refused_code)
        code = self._sealer.open(attempt.sealed_code, sealing_context(payment.id, ref.number))
        return await self._rails.of(payment).debit(payment, attempt, code, forced)

    @activity.defn
    async def record_debit(self, answer: DebitAnswer) -> None:
        """Writes the bank's final answer to a code: held, another try, or the end of the payment. Wipes the code."""

        async def work(session: AsyncSession) -> None:
            deal, payment = await lock_with_deal(session, UUID(answer.attempt.payment_id))
            refused_code = answer.answer.refused_code
            state = AttemptState.HELD if answer.answer.done else AttemptState.REFUSED
            if refused_code in _NOT_THE_CODE:
                state = AttemptState.REJECTED
            if not await resolve_attempt(session, payment.id, answer.attempt.number, state, refused_code):
                return
            if state is AttemptState.HELD and await book_hold(session, deal, payment):
                payment.taken = True
                move(session, payment, PaymentState.HELD, attempt=answer.attempt.number)
            elif state is AttemptState.HELD:  # the code was right, and the wallet has been emptied meanwhile
                emptied = BankAnswer(done=False, refused_code="insufficient_funds")
                await refuse_attempt(session, payment.id, answer.attempt.number, emptied.refused_code)
                await _end(session, payment, emptied)
            elif state is AttemptState.REJECTED and await _may_try_again(session, payment.id):
                move(session, payment, PaymentState.AWAITING_CODE, rejected=answer.attempt.number)
            else:
                await _end(session, payment, answer.answer)

        await self._database.run(work)


async def _end(session: AsyncSession, payment: Payment, answer: BankAnswer) -> None:
    """The bank refuses for good: the payment gives its reservation back and its operation is voided."""
    payment.refused_code = answer.refused_code
    decide(session, payment, Decision.RETURN, EndReason.REFUSED)
    await plan_void(session, payment)


async def _may_try_again(session: AsyncSession, payment_id: UUID) -> bool:
    """Whether a try is left on the current code, or another code may still be asked for."""
    current = await current_code(session, payment_id)
    if current is None or current.number < MAX_CODES:
        return True
    tries = [attempt for attempt in await attempts_of(session, payment_id) if attempt.code_number == current.number]
    return len(tries) < MAX_TRIES
