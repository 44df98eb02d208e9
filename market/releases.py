"""Releases: the banks' answers to capture, credit and commission are booked, and the last one ends the payment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import CREDITS, EndReason, PaymentState, Step, StepState, Taken, end_of
from market.acts import Outcome
from market.next_steps import finish_step, view_of
from payloads.payment import BankAnswer, PaymentView, StepRef
from store.deals.deals import Deal
from store.mail.notices import put_notice
from store.payments.books import book_capture, book_commission, book_credit, book_owed, book_void
from store.payments.payables import still_owed, still_owed_of
from store.payments.payments import Payment, lock_with_deal, move, record_event
from store.payments.steps import StepRow, clawback_steps, resolve_step, steps_of

# Refusals of a credit that another account of the seller solves. Any other also needs an operator.
_THE_ACCOUNT = frozenset({"account_closed", "unknown_account", "currency_mismatch"})


async def record_release(session: AsyncSession, ref: StepRef, answer: BankAnswer) -> Outcome[PaymentView]:
    """Records the bank's final answer to a step in rows and books; the last answer ends the payment."""
    return await _record(session, ref, answer, _released)


async def record_void(session: AsyncSession, ref: StepRef, answer: BankAnswer) -> Outcome[PaymentView]:
    """Records that the hold is free and ends the payment; a refusal calls an operator."""
    return await _record(session, ref, answer, _voided)


Booking = Callable[[AsyncSession, Deal, Payment, StepRow, Sequence[StepRow]], Awaitable[None]]


async def _record(session: AsyncSession, ref: StepRef, answer: BankAnswer, book: Booking) -> Outcome[PaymentView]:
    """Stores the answer in the planned step and has it booked; a step that was answered before stays as it is."""
    deal, payment = await lock_with_deal(session, UUID(ref.payment_id))
    steps = await steps_of(session, payment.id)
    [step] = [step for step in steps if (step.name, step.number) == (ref.name, ref.number)]
    if step.state != StepState.PLANNED:
        return Outcome(await view_of(session, deal, payment, steps=steps), payment)
    payment.clear_delay()
    resolve_step(step, operation=answer.operation, refused_code=answer.refused_code)
    await book(session, deal, payment, step, steps)
    return await finish_step(session, deal, payment, steps=steps)


async def _released(
    session: AsyncSession, deal: Deal, payment: Payment, step: StepRow, steps: Sequence[StepRow]
) -> None:
    done = step.state == StepState.DONE
    record_event(session, payment, f"payment.{step.name}", done=done, code=step.refused_code)
    await _book(session, deal, payment, step)
    await _end_if_last(session, deal, payment, steps)


async def _voided(session: AsyncSession, deal: Deal, payment: Payment, step: StepRow, _: Sequence[StepRow]) -> None:
    if step.state == StepState.DONE:
        if payment.taken:
            await book_void(session, payment)
        reason = EndReason(payment.end_reason or EndReason.DEADLINE)
        move(session, payment, PaymentState(end_of(payment.taken, reason)))
        return
    await session.flush()
    payment.flagged_at = deal.flagged_at = step.resolved_at
    record_event(session, payment, "payment.flagged", step=step.name, code=step.refused_code)


async def _book(session: AsyncSession, deal: Deal, payment: Payment, step: StepRow) -> None:
    done = step.state == StepState.DONE
    if step.name == Step.CAPTURE and done:
        await book_capture(session, payment)
    elif step.name in CREDITS and done:
        await book_credit(session, deal, payment, step)
    elif step.name in CREDITS:
        await book_owed(session, deal, payment, step)
    elif done:
        await book_commission(session, deal, payment, step)


async def _end_if_last(session: AsyncSession, deal: Deal, payment: Payment, steps: Sequence[StepRow]) -> None:
    """Ends a payment with nothing left to do: completed, payable, or stuck and flagged for an operator.

    One whose undisputed part has been paid out is kept until the deal releases the rest, and until what goes back of
    that has gone back.
    """
    newest = {step.name: step for step in steps}
    refused = [step for step in newest.values() if step.state == StepState.REFUSED]
    kept = payment.undisputed_minor is not None and deal.released_at is None
    if payment.undisputed_minor is not None:
        clawed_back = await clawback_steps(session, payment.id)
        owed_ = still_owed_of(refused, clawed_back)
        refused = [step for step in refused if step.name not in CREDITS or step in owed_]
        back = any(step.taken == Taken.KEPT and step.state == StepState.DONE for step in clawed_back)
        kept = kept or (payment.kept_minor is not None and not back)
    stuck = newest[Step.CAPTURE].state == StepState.REFUSED  # nothing can be credited before it is captured
    if not stuck and any(step.state == StepState.PLANNED for step in newest.values()):
        return
    if not refused and kept:
        move(session, payment, PaymentState.KEPT)
        return
    if not refused:
        move(session, payment, PaymentState.COMPLETED)
        if deal.final_at is not None and not await still_owed(session, deal):
            # The mail that was not sent at the end of the deal, because there was still a payable.
            key, data = f"payables/{deal.id}", {"deal_id": str(deal.id)}
            await put_notice(session, deal.seller_id, f"deal.{deal.state}/seller", key, data)
        return
    await session.flush()
    owed = all(step.name in CREDITS for step in refused)
    if owed:
        move(session, payment, PaymentState.PAYABLE, code=refused[0].refused_code)
    if not owed or refused[0].refused_code not in _THE_ACCOUNT:
        payment.flagged_at = deal.flagged_at = refused[0].resolved_at
        record_event(session, payment, "payment.flagged", step=refused[0].name, code=refused[0].refused_code)
