"""Agreements between the parties of a deal: acceptance, cancellation, extension. Each function takes a locked deal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.agreements import AgreementState, Party, Subject, may_be_extended, may_be_undone, still_open
from domain.deals import OPEN, DealState
from domain.disputes import DisputeState
from domain.errors import Conflict
from domain.payments import PaymentState
from domain.service_deals import must_be_confirmed
from market.verdicts import COUNTED, Assessment, assess, inspecting, undo
from store import clock
from store.deals.agreements import Agreement, proposal, proposals, propose, resolve, withdraw
from store.deals.deals import Deal, move, record_event
from store.deals.disputes import end_dispute
from store.payments.payments import lock_payments_of


async def open_proposals(session: AsyncSession, deal: Deal) -> dict[Subject, Agreement]:
    """The proposals about a deal that can still be agreed to. A deal that moves on leaves others behind."""
    state = DealState(deal.state)
    found = {Subject(one.subject): one for one in await proposals(session, deal.id)}
    open_ = {each: found[each] for each in found if still_open(each, state, inspecting=inspecting(deal))}
    if deal.undisputed_minor is not None:  # nobody can agree to it any more
        open_.pop(Subject.CANCELLATION, None)
    return open_


async def accept(session: AsyncSession, deal: Deal, party: Party) -> Assessment:
    """The buyer accepts a locked deal, which decides to pay the seller; an open dispute about it ends.

    Raises `Conflict` not_the_buyer, nothing_to_accept.
    """
    if party is not Party.BUYER:
        raise Conflict("not_the_buyer", "Only the buyer can accept.", "user_id")
    if deal.state == DealState.DISPUTED:
        await end_dispute(session, deal, DisputeState.SETTLED, await clock.now(session, deal.id), 0)
        move(session, deal, DealState.FUNDED)
        await session.flush()
    if not inspecting(deal) or deal.accepted_at is not None:
        raise Conflict("nothing_to_accept", "There is nothing to accept in this deal.")
    deal.accepted_at = await clock.now(session, deal.id)
    record_event(session, deal, "deal.accepted")
    await session.flush()
    return await assess(session, deal)


async def cancel(session: AsyncSession, deal: Deal, party: Party, reason: str | None) -> Assessment | None:
    """A party asks to cancel a locked deal: ends it if both agree, else stores a proposal (None).

    While a bank checks a code it is unknown whether there is money: the proposal stays open, and takes effect with the
    answer if there is none. Raises `Conflict` already_proposed, deadline_passed, inspection_over, release_begun,
    deal_closed, deal_unconfirmed, part_released.
    """
    must_be_confirmed(DealState(deal.state))
    now = await clock.now(session, deal.id)
    may_be_undone(DealState(deal.state), now, deal.pay_by, deal.inspect_by if inspecting(deal) else None)
    if deal.undisputed_minor is not None:
        raise Conflict("part_released", "A part was paid to the seller: what goes back now is settled by an offer.")
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
    await end_dispute(session, deal, DisputeState.SETTLED, now, deal.price_minor)
    record_event(session, deal, "deal.cancellation_agreed", by=party)
    await session.flush()
    return await undo(session, deal)


async def _before_the_first_money(session: AsyncSession, deal: Deal) -> bool:
    """Whether an open deal has no held or released money, nor a code at a bank that could change this any moment."""
    if deal.state not in OPEN:
        return False
    states = {payment.state for payment in (await lock_payments_of(session, deal.id))[0]}
    return not states & {*COUNTED, PaymentState.PROCESSING}


async def extend(session: AsyncSession, deal: Deal, party: Party, pay_by: datetime) -> None:
    """Extends a locked deal if the other party proposed the same deadline, else proposes it.

    Raises `Conflict` deal_closed, deal_unconfirmed, deadline_passed, already_proposed, `Malformed` bad_deadline.
    """
    must_be_confirmed(DealState(deal.state))
    now = await clock.now(session, deal.id)
    may_be_extended(DealState(deal.state), now, deal.pay_by, pay_by)
    open_ = await proposal(session, deal.id, Subject.EXTENSION)
    if open_ is None or open_.pay_by != pay_by:
        await propose(session, deal, Subject.EXTENSION, party, now, pay_by=pay_by)
        return
    if open_.proposed_by == party:
        raise Conflict("already_proposed", "The other party has not agreed yet.")
    await resolve(session, open_, AgreementState.AGREED)
    deal.pay_by = pay_by
    record_event(session, deal, "deal.extended", pay_by=pay_by.isoformat())
    await session.flush()


async def retract(session: AsyncSession, deal: Deal, party: Party, subject: Subject) -> None:
    """Retracts the party's own proposal. Raises `Conflict` nothing_proposed."""
    if not still_open(subject, DealState(deal.state), inspecting=inspecting(deal)):
        raise Conflict("nothing_proposed", "This party has proposed nothing that is still open.")
    await withdraw(session, deal, subject, party)
