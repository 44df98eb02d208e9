"""Cancellations of deals: by the buyer alone before the first money, by both parties after it."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from domain.agreements import AgreementState, Party, Subject, may_be_undone
from domain.deals import OPEN, DealState
from domain.errors import Conflict
from domain.payments import PaymentState
from store import clock
from store.agreements import proposal, propose, resolve
from store.deals import Deal, record_event
from store.disputes import end_dispute
from store.payments import lock_payments_of
from store.verdicts import COUNTED, Standing, inspecting, undo


async def cancel(session: AsyncSession, deal: Deal, party: Party, reason: str | None) -> Standing | None:
    """What a party's wish to cancel a locked deal leads to: its end when that is agreed, else a proposal (None).

    While a bank checks a code nobody knows whether there is money: the wish stands, and is carried out with the answer
    if there is none. Raises `Conflict` already_proposed, deadline_passed, inspection_over, release_begun, deal_closed.
    """
    now = await clock.now(session, deal.id)
    may_be_undone(DealState(deal.state), now, deal.pay_by, deal.inspect_by if inspecting(deal) else None)
    open_ = await proposal(session, deal.id, Subject.CANCELLATION)
    agreed = open_ is not None and open_.proposed_by != party
    if not agreed and party is Party.BUYER and await _before_the_first_money(session, deal):
        agreed = True
        open_ = open_ or await propose(session, deal, Subject.CANCELLATION, party, now, reason=reason)
    if open_ is None:
        await propose(session, deal, Subject.CANCELLATION, party, now, reason=reason)
        return None
    if not agreed:
        raise Conflict("already_proposed", "The other party has not agreed yet.")
    await resolve(session, open_, AgreementState.AGREED)
    await end_dispute(session, deal, AgreementState.WITHDRAWN)
    record_event(session, deal, "deal.cancellation_agreed", by=party)
    await session.flush()
    return await undo(session, deal.id)


async def _before_the_first_money(session: AsyncSession, deal: Deal) -> bool:
    """Whether no money of an open deal is held or was released, nor may be any moment because a bank checks a code."""
    if deal.state not in OPEN:
        return False
    states = {payment.state for payment in await lock_payments_of(session, deal.id)}
    return not states & {*COUNTED, PaymentState.PROCESSING}
