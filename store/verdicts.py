"""What becomes of a deal: decided in one transaction under the deal's lock, by the rows alone.

Whatever the order and delay of the banks' answers, the same submissions and the same answers give the same verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from domain import deals as rules
from domain.deals import FINAL, OPEN, CloseReason, DealState, Verdict
from domain.payments import FINAL as PAYMENT_FINAL
from domain.payments import Decision, EndReason, PaymentState
from store import clock
from store.codes import unresolved_payments
from store.deals import Deal, lock_deal, move
from store.offers import offer_of
from store.payments import Payment, decide, lock_payments_of
from store.steps import plan_release, plan_return

_END_REASON = {CloseReason.DEADLINE: EndReason.DEADLINE, CloseReason.CANCELLED: EndReason.CANCELLED}
# No code of these is unresolved and no money of them is held: they can be ended without asking anybody.
_IDLE = (PaymentState.OPENING, PaymentState.AWAITING_CODE)


@dataclass(slots=True)
class Standing:
    """A deal and its payments as one transaction left them.

    `wait_s` is the time left to pay by the market database's clock (negative when it is over), None once closed.
    """

    deal: Deal
    payments: list[Payment]
    unresolved: list[UUID]
    decided: list[UUID]
    wait_s: float | None

    @property
    def held_minor(self) -> int:
        """What is held or already released to the seller, in minor units of the deal's currency."""
        return sum(payment.amount_minor for payment in self.payments if payment.state in COUNTED)


COUNTED = (PaymentState.HELD, PaymentState.RELEASING, PaymentState.OWED, PaymentState.COMPLETED)


async def assess(session: AsyncSession, deal_id: UUID) -> Standing:
    """Moves a deal as far as its rows allow: partly paid, funded, verdict, completed, ended."""
    standing = await _look(session, deal_id)
    await _advance(session, standing)
    return standing


async def close(session: AsyncSession, deal_id: UUID, reason: CloseReason) -> Standing:
    """Closes an open deal to new money, unless its deadline is still to come; then moves it as far as it goes.

    The clock is read in a statement after the lock, so that every attempt stored in time is seen here.
    """
    standing = await _look(session, deal_id)
    deal = standing.deal
    still_time = reason is CloseReason.DEADLINE and standing.wait_s is not None and standing.wait_s >= 0
    if deal.state in OPEN and not still_time:
        deal.closed_reason = reason
        deal.closed_at = func.clock_timestamp()
        move(session, deal, DealState.SETTLING, reason=reason)
        await session.flush()  # a deal without payments moves on at once, and the database sees every move by itself
        standing.wait_s = None
    await _advance(session, standing)
    return standing


async def _look(session: AsyncSession, deal_id: UUID) -> Standing:
    deal = await lock_deal(session, deal_id)
    payments = await lock_payments_of(session, deal_id)
    unresolved = await unresolved_payments(session, deal_id)
    wait_s = None
    if deal.state in OPEN:
        now = await clock.now(session, deal_id)
        wait_s = (deal.pay_by - now).total_seconds()
    return Standing(deal, payments, unresolved, [], wait_s)


async def _advance(session: AsyncSession, standing: Standing) -> None:
    if standing.deal.state in OPEN:
        await _collect(session, standing)
    if standing.deal.state == DealState.SETTLING and standing.deal.verdict is None:
        await _judge(session, standing)
    await _finish(session, standing)
    await session.flush()


async def _collect(session: AsyncSession, standing: Standing) -> None:
    """While a deal is open: gives back what its payer asked back, and sees whether the price is reached."""
    deal = standing.deal
    await _give_back_what_was_asked_back(session, standing)
    held_minor = standing.held_minor
    if rules.verdict(held_minor, deal.price_minor, None) is Verdict.FUNDED:
        await _fund(session, standing)
        return
    state = DealState.PARTIALLY_PAID if held_minor else DealState.AWAITING_PAYMENT
    if state != deal.state:
        move(session, deal, state, held_minor=held_minor)


async def _judge(session: AsyncSession, standing: Standing) -> None:
    """After closing: ends what is idle, waits for every final answer, then gives the verdict, once."""
    deal = standing.deal
    reason = CloseReason(deal.closed_reason or CloseReason.DEADLINE)
    # As while the deal was open: a late answer of the bank must not turn a payment asked back into one that counts.
    await _give_back_what_was_asked_back(session, standing)
    for payment in standing.payments:
        if payment.state in _IDLE and payment.decision is None:
            await _give_back(session, standing, payment, _END_REASON[reason])
    if standing.unresolved:
        return
    if rules.verdict(standing.held_minor, deal.price_minor, reason) is Verdict.FUNDED:
        await _fund(session, standing)
        return
    deal.verdict = Verdict.NOT_FUNDED
    deal.verdict_at = func.clock_timestamp()
    for payment in standing.payments:
        if payment.state == PaymentState.HELD:
            await _give_back(session, standing, payment, _END_REASON[reason])


async def _fund(session: AsyncSession, standing: Standing) -> None:
    deal = standing.deal
    deal.verdict = Verdict.FUNDED
    deal.verdict_at = deal.released_at = func.clock_timestamp()
    move(session, deal, DealState.FUNDED, held_minor=standing.held_minor)
    before_minor = 0
    for payment in standing.payments:
        if payment.state == PaymentState.HELD:
            decide(session, payment, Decision.RELEASE, before_minor=before_minor)
            await plan_release(session, deal, payment, before_minor)
            before_minor += payment.amount_minor
            standing.decided.append(payment.id)


async def _give_back_what_was_asked_back(session: AsyncSession, standing: Standing) -> None:
    for payment in standing.payments:
        may_end = payment.state in (*_IDLE, PaymentState.HELD)
        if payment.cancel_requested_at is not None and payment.decision is None and may_end:
            await _give_back(session, standing, payment, EndReason.CANCELLED)


async def _give_back(session: AsyncSession, standing: Standing, payment: Payment, reason: EndReason) -> None:
    decide(session, payment, Decision.RETURN, reason)
    await plan_return(session, payment)
    standing.decided.append(payment.id)


async def _finish(session: AsyncSession, standing: Standing) -> None:
    """Ends a judged deal once nothing of it moves any more; a payable to the seller does not hold it up."""
    deal = standing.deal
    if deal.verdict is None or deal.state in FINAL:
        return
    settled = PAYMENT_FINAL | {PaymentState.OWED}
    if any(payment.state not in settled for payment in standing.payments):
        return
    reason = CloseReason(deal.closed_reason) if deal.closed_reason else None
    move(session, deal, rules.end_of(Verdict(deal.verdict), reason))
    if deal.state == DealState.COMPLETED:
        return
    offer = await offer_of(session, None, deal.offer_id, lock=True)
    offer.quantity += 1
