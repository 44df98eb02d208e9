"""The next step of a payment according to its rows, and the deal's decision after a recorded step."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.payments import FINAL, CodeState, PaymentState
from edge.wire import utc_or_none
from market import verdicts
from market.acts import Outcome
from market.parties import on_its_way, signals_about
from market.signals import Signal
from payloads.payment import PaymentView, StepRef
from store import clock
from store.banks.accounts import next_payout_change
from store.deals.deals import Deal
from store.payments.codes import Code, current_code, unresolved_attempt
from store.payments.payables import use_new_payout_account
from store.payments.payments import Payment, lock_with_deal, payment_of, payment_with_deal
from store.payments.steps import StepRow, makeable, steps_of

# States in which a request for a code is passed on: not while a code is being checked, nor after a right one.
_CODE_WANTED = (PaymentState.OPENING, PaymentState.AWAITING_CODE)
# None of their money moves any more: their deal may be able to end.
_SETTLED = (*FINAL, PaymentState.PAYABLE, PaymentState.KEPT)


async def view_of(
    session: AsyncSession,
    deal: Deal,
    payment: Payment,
    *,
    code: Code | None = None,
    steps: Sequence[StepRow] | None = None,
) -> PaymentView:
    """The payment's state and its next step. Only what this state can have is read: its newest code, or its attempt,
    or its steps. `code` and `steps` are these, if the caller has them.
    """
    await session.flush()
    if code is None and payment.state in _CODE_WANTED:
        code = await current_code(session, payment.id)
    if steps is None:
        steps = [] if payment.decision is None else await steps_of(session, payment.id)
    attempt = await unresolved_attempt(session, payment)
    wanted = code is not None and code.state == CodeState.REQUESTED and payment.state in _CODE_WANTED
    wait_s = await _seconds_to_wait(session, deal, payment, code_wanted=wanted)
    return PaymentView(
        payment_id=str(payment.id),
        state=payment.state,
        opened=payment.operation is not None,
        code=code.number if code is not None and wanted and wait_s is None else None,
        attempt=None if attempt is None else attempt.number,
        decision=payment.decision,
        steps=[StepRef(str(payment.id), step.name, step.number) for step in makeable(steps)],
        final=payment.state in FINAL,
        flagged=payment.flagged_at is not None,
        pay_by=deal.pay_by.isoformat(timespec="milliseconds"),
        wait_s=wait_s,
        delay_reason=payment.delay_reason,
        delayed_until=utc_or_none(payment.delayed_until),
    )


async def finish_step(
    session: AsyncSession,
    deal: Deal,
    payment: Payment,
    *,
    code: Code | None = None,
    steps: Sequence[StepRow] | None = None,
    deal_decides: bool = False,
) -> Outcome[PaymentView]:
    """Ends an act about a locked payment: its view, as of `view_of`, and whom to signal.

    The deal decides now, under its lock, if the step may affect its decision: `deal_decides`, or none of the payment's
    money moves any more.
    """
    await session.flush()
    settled = payment.state in _SETTLED
    signals: tuple[Signal, ...] = ()
    if settled or deal_decides:
        before, ended = deal.events, deal.final_at is not None
        assessed = await verdicts.assess(session, deal)
        steps = assessed.steps.get(payment.id, steps)
        signals = signals_about(deal, assessed)
        news = (settled or payment.taken or deal.events != before) and not ended and not on_its_way(assessed)
        others = (signal for signal in signals if signal.about is not payment)
        signals = tuple(signal for signal in others if news or signal.about is not deal)
    view = await view_of(session, deal, payment, code=code, steps=steps)
    waits = payment.state == PaymentState.KEPT
    stuck = payment.decision is not None and not view.final and not view.steps and not waits
    if stuck and deal.final_at is None and all(signal.about is not deal for signal in signals):
        signals = (Signal(deal), *signals)  # operators see it at the deal
    return Outcome(view, payment, signals)


async def unchanged_view(session: AsyncSession, payment_id: UUID) -> Outcome[PaymentView]:
    """The view of a payment that needed no change; signals no workflow."""
    deal, payment = await payment_with_deal(session, payment_id)
    return Outcome(await view_of(session, deal, payment), payment)


async def resume(session: AsyncSession, payment_id: UUID) -> Outcome[PaymentView]:
    """Resumes a payment from its rows. A seller who has named another payout account is paid there."""
    payment = await payment_of(session, None, payment_id)
    if payment.state == PaymentState.PAYABLE:
        deal, payment = await lock_with_deal(session, payment_id)
        if payment.state == PaymentState.PAYABLE:
            await use_new_payout_account(session, deal, payment)
    return await unchanged_view(session, payment_id)


async def _seconds_to_wait(session: AsyncSession, deal: Deal, payment: Payment, *, code_wanted: bool) -> float | None:
    """After how long there is something to do without any news; None when nothing is near.

    A bank is asked for a code again once its limit has ended, and a payable is paid to the new payout account as soon
    as that one takes effect.
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
