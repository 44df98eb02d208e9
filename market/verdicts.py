"""A deal's next state, decided in one transaction under the deal's lock, by the rows alone.

The same submissions and the same answers of the banks give the same verdict, in any order and after any delay.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from domain import deals as rules
from domain.closing import Totals
from domain.deals import FINAL, OPEN, CloseReason, DealState, Verdict
from domain.payments import FINAL as PAYMENT_FINAL
from domain.payments import EndReason, PaymentState
from domain.terms import Release, Settlement
from domain.top_ups import ask_again_s
from market.clawbacks import clawbacks_of
from market.decisions import release_held, return_cancelled, return_held, return_idle
from market.funding import behind_others, end_leave, fund, had_it_at, may_still_come
from store.deals import service_deals
from store.deals.agreements import agree_to_the_buyers_proposal
from store.deals.deals import Deal, move, record_event
from store.deals.disputes import Dispute, note_times, open_dispute
from store.deals.offers import offer_of
from store.payments.payments import Payment, lock_payments_of
from store.payments.refunds import Refund
from store.payments.steps import StepRow
from store.wallets.funding import stop_waiting

_END_REASON = {CloseReason.DEADLINE: EndReason.DEADLINE, CloseReason.CANCELLED: EndReason.CANCELLED}
LOOKED_AT_WITHIN_S = 5.0  # the turn of deals that wait before this one on the same wallet, with money that came in time


@dataclass(slots=True)
class Assessment:
    """A deal and its payments as one transaction left them.

    `now` is the market database's clock, read after the deal's lock. `wait_s` is the time left to answer, to pay, or
    for the inspection (negative when it has passed), or for what the open `dispute` waits for; None when no such time
    runs. `clawbacks` are the deal's own refunds that it waits for, `planned` new ones.
    """

    deal: Deal
    payments: list[Payment]
    now: datetime
    wait_s: float | None
    dispute: Dispute | None = None
    balanced: bool = False
    """Whether the closing statement was compared with the banks in this transaction, and balances."""
    steps: dict[UUID, list[StepRow]] = field(default_factory=dict)
    """What was planned for each payment about which the deal has now decided."""
    clawbacks: list[Refund] = field(default_factory=list)
    planned: list[Refund] = field(default_factory=list)
    opened: list[Payment] = field(default_factory=list)
    """Payments that the deal itself took from the buyer's wallet in this transaction."""
    totals: Totals | None = None
    """The deal's books, as far as they were compared in this transaction."""
    closing: bool = False
    """Everything has moved, and the closing statement has to be compared with the banks."""

    @property
    def held_minor(self) -> int:
        """The sum held or already released to the seller, in minor units of the deal's currency."""
        return sum(payment.amount_minor for payment in self.payments if payment.state in COUNTED)

    @property
    def unresolved(self) -> list[UUID]:
        """The payments with a submitted code whose final answer the bank still owes."""
        return [payment.id for payment in self.payments if payment.state == PaymentState.PROCESSING]


COUNTED = (
    PaymentState.HELD,
    PaymentState.RELEASING,
    PaymentState.KEPT,
    PaymentState.PAYABLE,
    PaymentState.COMPLETED,
)


async def assess(session: AsyncSession, deal: Deal) -> Assessment:
    """Moves a locked deal as far as its rows allow: partly paid, funded, verdict, completed, ended."""
    assessed = await look(session, deal)
    await advance(session, assessed)
    return assessed


async def close(session: AsyncSession, deal: Deal, reason: CloseReason) -> Assessment:
    """Closes a locked, open deal to new money, unless its deadline is still ahead; then moves it as far as possible.

    A proposed deal ends: the seller has not answered in time, or it is cancelled from outside.
    The clock is read in a statement after the lock, so this sees every attempt stored in time.
    """
    assessed = await look(session, deal)
    still_time = reason is CloseReason.DEADLINE and assessed.wait_s is not None and assessed.wait_s >= 0
    at_deadline = reason is CloseReason.DEADLINE and not still_time
    # Asked before the wallet is looked at: what was read until then is seen there.
    more_may_come = at_deadline and deal.state in OPEN and await may_still_come(session, deal)
    if deal.waits_on is not None and at_deadline:
        await advance(session, assessed)  # with money that came in time, and that nobody has looked at yet
        if await behind_others(session, deal) and await had_it_at(session, deal, assessed.now):
            assessed.wait_s = LOOKED_AT_WITHIN_S
            return assessed
    if deal.state in OPEN and more_may_come:
        assessed.wait_s = ask_again_s(assessed.now, deal.pay_by)
        return assessed
    if deal.state in OPEN and not still_time:
        await _close(session, assessed, reason)
    elif deal.state == DealState.PROPOSED and not still_time:
        service_deals.end(session, deal, reason)
        assessed.wait_s = None
    await advance(session, assessed)
    return assessed


async def undo(session: AsyncSession, deal: Deal, reason: CloseReason = CloseReason.CANCELLED) -> Assessment:
    """Cancels a locked deal for both parties, or for the buyer before the first money: everything taken goes back.

    Also used when a dispute ends for the buyer. That this is allowed was checked under the same lock.
    """
    assessed = await look(session, deal)
    funded = deal.state in (DealState.FUNDED, DealState.DISPUTED)
    await _close(session, assessed, reason)
    if funded:
        assessed.steps |= return_held(session, assessed.payments, EndReason.CANCELLED)
    await advance(session, assessed)
    return assessed


async def release(session: AsyncSession, deal: Deal, split_minor: int | None = None) -> Assessment:
    """Decides the inspection or dispute of a locked deal: the seller is paid, and `split_minor` goes back to the buyer.

    That this is allowed was checked under the same lock.
    """
    assessed = await look(session, deal)
    await _release(session, assessed, split_minor)
    await advance(session, assessed)
    return assessed


async def _close(session: AsyncSession, assessed: Assessment, reason: CloseReason) -> None:
    deal = assessed.deal
    deal.closed_reason = reason
    deal.closed_at = func.clock_timestamp()
    move(session, deal, DealState.SETTLING, reason=reason)
    await session.flush()  # a deal without payments moves on at once, and the database sees each transition separately
    assessed.wait_s = None


async def look(session: AsyncSession, deal: Deal) -> Assessment:
    """A locked deal as it stands, with its payments, locked too."""
    payments, now = await lock_payments_of(session, deal.id)
    ends_at = deal.pay_by if deal.state in OPEN else deal.inspect_by if inspecting(deal) else None
    ends_at = deal.answer_by if deal.state == DealState.PROPOSED else ends_at
    return Assessment(deal, payments, now, None if ends_at is None else (ends_at - now).total_seconds())


def inspecting(deal: Deal) -> bool:
    """Whether the deal is funded and the buyer inspects before the seller is paid."""
    return deal.state == DealState.FUNDED and deal.released_at is None


def undecided(deal: Deal) -> bool:
    """Whether the price is reached and paying the seller is not yet decided."""
    return deal.state == DealState.DISPUTED or inspecting(deal)


async def advance(session: AsyncSession, assessed: Assessment) -> None:
    """Moves a deal as far as its rows, as looked at in this transaction, allow."""
    if assessed.deal.state in OPEN:
        await _collect(session, assessed)
    if assessed.deal.state == DealState.SETTLING and assessed.deal.verdict is None:
        await _judge(session, assessed)
    if inspecting(assessed.deal):
        await _inspect(session, assessed)
    if assessed.deal.state == DealState.DISPUTED:
        await _await_decision(session, assessed)
    if assessed.deal.waits_on is not None and assessed.deal.state not in OPEN:
        await stop_waiting(session, assessed.deal)
    await _finish(session, assessed)
    await session.flush()


async def _collect(session: AsyncSession, assessed: Assessment) -> None:
    """While a deal is open: returns payments cancelled by their payers, and checks whether the price is reached.

    With immediate settlement the seller is paid each part at once.
    """
    deal = assessed.deal
    cancelled = return_cancelled(session, assessed.payments)
    assessed.steps |= cancelled
    if any(payment.authorised_at is not None for payment in assessed.payments if payment.id in cancelled):
        await end_leave(session, deal)
    # A code that was with its bank when the buyer asked to cancel took nothing, so the buyer may cancel alone.
    money = any(payment.state in (*COUNTED, PaymentState.PROCESSING) for payment in assessed.payments)
    if not money and (assessed.wait_s or 0) >= 0 and await agree_to_the_buyers_proposal(session, deal):
        await _close(session, assessed, CloseReason.CANCELLED)
        return
    if deal.from_wallet and (payment := await fund(session, deal, assessed.payments, assessed.now)) is not None:
        assessed.payments.append(payment)
        assessed.opened.append(payment)
    if deal.settlement == Settlement.IMMEDIATE:
        assessed.steps |= release_held(session, assessed.deal, assessed.payments)
    held_minor = assessed.held_minor
    if rules.verdict(held_minor, deal.price_minor, None) is Verdict.FUNDED:
        await _fund(session, assessed)
        return
    state = DealState.PARTIALLY_PAID if held_minor else DealState.AWAITING_PAYMENT
    if state != deal.state:
        move(session, deal, state, held_minor=held_minor)


async def _judge(session: AsyncSession, assessed: Assessment) -> None:
    """After closing: ends idle payments, waits for every final answer, then gives the verdict, once."""
    deal = assessed.deal
    reason = CloseReason(deal.closed_reason or CloseReason.DEADLINE)
    # As while the deal was open: a late answer must not make a payment count whose payer has cancelled it.
    assessed.steps |= return_cancelled(session, assessed.payments)
    assessed.steps |= return_idle(session, assessed.payments, _END_REASON[reason])
    if assessed.unresolved:
        return
    if rules.verdict(assessed.held_minor, deal.price_minor, reason) is Verdict.FUNDED:
        await _fund(session, assessed)
        return
    deal.verdict = Verdict.NOT_FUNDED
    deal.verdict_at = func.clock_timestamp()
    assessed.steps |= return_held(session, assessed.payments, _END_REASON[reason])


async def _fund(session: AsyncSession, assessed: Assessment) -> None:
    deal = assessed.deal
    deal.verdict = Verdict.FUNDED
    deal.verdict_at = func.clock_timestamp()
    assessed.wait_s = None
    move(session, deal, DealState.FUNDED, held_minor=assessed.held_minor)
    if deal.release == Release.ON_ACCEPTANCE:
        inspection = timedelta(seconds=deal.inspection_s or 0)
        deal.inspect_by = assessed.now + inspection
        assessed.wait_s = inspection.total_seconds()
        return
    deal.released_at = assessed.now
    assessed.steps |= release_held(session, assessed.deal, assessed.payments)


async def _inspect(session: AsyncSession, assessed: Assessment) -> None:
    """Pays the seller after acceptance or at the end of the inspection. Until then everything is held."""
    over = assessed.wait_s is not None and assessed.wait_s < 0
    if assessed.deal.accepted_at is not None or over:
        await _release(session, assessed)


async def _await_decision(session: AsyncSession, assessed: Assessment) -> None:
    """Nothing moves before the dispute ends. Only its own times run: to answer, and to decide."""
    assessed.dispute = dispute = await open_dispute(session, assessed.deal.id)
    assert dispute is not None, "a disputed deal has an open dispute"
    until = await note_times(session, assessed.deal, dispute, assessed.now)
    assessed.wait_s = None if until is None else (until - assessed.now).total_seconds()


async def _release(session: AsyncSession, assessed: Assessment, split_minor: int | None = None) -> None:
    deal = assessed.deal
    deal.released_at = assessed.now
    deal.split_minor = split_minor
    assessed.wait_s = None
    record_event(session, deal, "deal.released", accepted=deal.accepted_at is not None)
    assessed.steps |= release_held(session, assessed.deal, assessed.payments)


async def _finish(session: AsyncSession, assessed: Assessment) -> None:
    """Ends a deal with a verdict once none of its money moves any more; a payable to the seller does not delay it.

    A deal that will not be completed first claws back what it had released, a split one the buyer's part, kept or paid
    out, and waits for that. No deal ends before its closing statement balances.
    """
    deal = assessed.deal
    if deal.verdict is None or deal.state in FINAL or undecided(deal):
        return
    settled = PAYMENT_FINAL | {PaymentState.PAYABLE, PaymentState.KEPT}
    if any(payment.state not in settled for payment in assessed.payments):
        return
    reason = CloseReason(deal.closed_reason) if deal.closed_reason else None
    if deal.state == DealState.SETTLING or deal.split_minor is not None:
        assessed.planned, assessed.clawbacks = await clawbacks_of(session, deal, assessed.payments)
    if assessed.clawbacks:
        return
    assessed.closing = bool(assessed.payments) and not assessed.balanced
    if assessed.closing:
        return
    await session.flush()  # the database sees each transition separately
    move(session, deal, rules.end_of(Verdict(deal.verdict), reason, split=deal.split_minor is not None))
    if deal.state not in (DealState.EXPIRED, DealState.CANCELLED):
        return
    if deal.offer_id is not None:
        offer = await offer_of(session, None, deal.offer_id, lock=True)
        offer.quantity += 1
