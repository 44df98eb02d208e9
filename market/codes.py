"""The payer's codes: requesting another one, submitting one, and the answers of the payer's rail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.codes import MAX_CODES, MAX_TRIES
from domain.errors import Conflict
from domain.payments import (
    AttemptState,
    CodeState,
    Decision,
    EndReason,
    PaymentState,
    too_late,
)
from edge.sealing import Sealer
from market.actor import Actor, lock_visible_payment, only_party, outdated
from market.acts import Outcome
from market.flags import defer
from market.next_steps import finish_step, view_of
from market.signals import Signal
from payloads.payment import BankAnswer, Hint, PaymentView
from store.deals.deals import Deal
from store.payments import codes
from store.payments.books import book_hold
from store.payments.codes import Attempt, Code, attempts_of, code_of, current_code, resolve_attempt, unresolved_attempt
from store.payments.payments import Payment, decide, lock_with_deal, move, record_event
from store.payments.steps import plan_void

# The bank's answers that only say that the code was wrong; any other refusal ends the payment.
_NOT_THE_CODE = frozenset({"code_rejected", "bad_code"})


@dataclass(frozen=True, slots=True)
class Submission:
    """A submitted code as stored."""

    deal: Deal
    payment: Payment
    codes: list[Code]
    attempts: list[Attempt]

    @property
    def attempt(self) -> Attempt:
        """The submission itself; the other attempts came before it."""
        return self.attempts[-1]

    @property
    def late(self) -> Conflict | None:
        """The answer to a code submitted after `pay_by`: it is stored, and never sent on."""
        if self.attempt.state != AttemptState.LATE:
            return None
        return too_late(self.attempt.submitted_at, self.deal.pay_by)


async def request_code(
    session: AsyncSession, actor: Actor, payment_id: UUID, codes_shown: int | None = None
) -> Outcome[Code]:
    """Has another code sent to the payer; the previous one becomes invalid.

    `codes_shown` is how many there were when a page was shown. Raises `NotFound` unknown_payment, `Forbidden`
    other_party, `Conflict` attempt_unresolved, code_not_sent, payment_ended, too_many_codes, page_outdated.
    """
    deal, payment = await lock_visible_payment(session, actor, payment_id)
    only_party(actor, deal.buyer_id)
    if codes_shown is not None and len(await codes.codes_of(session, payment_id)) != codes_shown:
        raise outdated()
    code = await codes.request_code(session, payment)
    return Outcome(code, code, (Signal(payment, deal, hint=Hint(code=code.number)),))


async def submit_code(
    session: AsyncSession,
    actor: Actor,
    payment_id: UUID,
    code: str,
    sealer: Sealer,
    attempts_shown: int | None = None,
) -> Outcome[Submission]:
    """Stores a normalised code with its time, for the workflow to send on; a late one is stored and never sent.

    `attempts_shown` is how many there were when a page was shown. Raises `NotFound` unknown_payment, `Forbidden`
    other_party, `Conflict` page_outdated and those of `store.payments.codes.submit_code`.
    """
    deal, payment = await lock_visible_payment(session, actor, payment_id)
    only_party(actor, deal.buyer_id)
    stored = Submission(deal, payment, *await codes.submit_code(session, sealer, deal, payment, code))
    number = stored.attempt.number
    if attempts_shown is not None and number != attempts_shown + 1:
        raise outdated()
    signals = () if stored.late else (Signal(payment, deal, hint=Hint(attempt=number)),)
    return Outcome(stored, stored.attempt, signals)


async def record_code(session: AsyncSession, payment_id: UUID, number: int, answer: BankAnswer) -> Outcome[PaymentView]:
    """Stores that a code was sent, refused, or deferred by the bank. A refused first code ends the payment."""
    deal, payment = await lock_with_deal(session, payment_id)
    code = await code_of(session, payment.id, number)
    if code.state != CodeState.REQUESTED:  # recorded before; another may have been requested since
        return await finish_step(session, deal, payment)
    await _record_code(session, deal, payment, code, answer)
    return await finish_step(session, deal, payment, code=code)


async def _record_code(session: AsyncSession, deal: Deal, payment: Payment, code: Code, answer: BankAnswer) -> None:
    if answer.delay_reason is not None:
        if payment.decision is None:
            await defer(session, deal, payment, answer.delay_reason, answer.delay_s or 0)
        return
    payment.clear_delay()
    code.state = CodeState.SENT if answer.done else CodeState.REFUSED
    code.refused_code = answer.refused_code
    if answer.expires_at:
        code.expires_at = datetime.fromisoformat(answer.expires_at).astimezone(UTC)
    if payment.decision is not None:
        return
    if answer.done and payment.state == PaymentState.OPENING:
        move(session, payment, PaymentState.AWAITING_CODE, code=code.number)
    elif answer.done:
        record_event(session, payment, "payment.code_sent", code=code.number)
    elif payment.state == PaymentState.OPENING:
        _end(session, payment, answer.refused_code)


async def record_debit(
    session: AsyncSession, payment_id: UUID, number: int, answer: BankAnswer
) -> Outcome[PaymentView]:
    """Stores the bank's final answer to an attempt: held, another try, or the end of the payment. Wipes the code.

    The deal decides in the same transaction whether the price is reached.
    """
    deal, payment = await lock_with_deal(session, payment_id)
    refused_code = answer.refused_code
    state = AttemptState.HELD if answer.done else AttemptState.REFUSED
    if refused_code in _NOT_THE_CODE:
        state = AttemptState.REJECTED
    attempt = await unresolved_attempt(session, payment)
    if attempt is None or attempt.number != number:
        return Outcome(await view_of(session, deal, payment), payment)
    await resolve_attempt(session, deal, payment, attempt, state, refused_code)
    if state is AttemptState.HELD and await book_hold(session, deal, payment):
        payment.taken = True
        move(session, payment, PaymentState.HELD, attempt=number)
    elif state is AttemptState.HELD:  # the code was right, but the wallet no longer has the money
        attempt.state, attempt.refused_code = AttemptState.REFUSED, "insufficient_funds"
        _end(session, payment, "insufficient_funds")
    elif state is AttemptState.REJECTED and await _may_try_again(session, payment.id):
        move(session, payment, PaymentState.AWAITING_CODE, rejected=number)
    else:
        _end(session, payment, refused_code)
    return await finish_step(session, deal, payment, deal_decides=True)


def _end(session: AsyncSession, payment: Payment, refused_code: str | None) -> None:
    """The bank finally refuses: the payment's reservation is freed and its operation voided."""
    payment.refused_code = refused_code
    decide(session, payment, Decision.RETURN, EndReason.REFUSED)
    plan_void(session, payment)


async def _may_try_again(session: AsyncSession, payment_id: UUID) -> bool:
    """Whether a try is left on the current code, or another code may still be requested."""
    current = await current_code(session, payment_id)
    if current is None or current.number < MAX_CODES:
        return True
    tries = [attempt for attempt in await attempts_of(session, payment_id) if attempt.code_number == current.number]
    return len(tries) < MAX_TRIES
