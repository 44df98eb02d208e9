"""Disputes: what both parties do about one. Each decision takes a locked deal; `act` lets a party make one."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.agreements import Party
from domain.deals import CloseReason, DealState
from domain.disputes import (
    DisputeState,
    EntryKind,
    Ruling,
    may_accept,
    may_offer,
    may_open,
    may_release_part,
    may_retract,
    ruling_of,
)
from domain.errors import Conflict
from domain.money import Money
from market import decisions
from market.actor import Actor
from market.acts import Outcome
from market.parties import Decision, decide
from market.verdicts import Assessment, advance, assess, inspecting, look, release, undo
from store import clock
from store.deals.deals import Deal, move, record_event
from store.deals.disputes import (
    Dispute,
    add_dispute,
    add_entry,
    count_of_deal,
    dispute_now,
    end_dispute,
    entries_of,
    newest_dispute,
    standing_offers,
)


async def act(
    session: AsyncSession, actor: Actor, deal_id: UUID, user_id: UUID, decision: Decision, events: int | None = None
) -> Outcome[Dispute]:
    """As `market.parties.decide`, for what a party does about the deal's dispute, which is the value."""
    outcome = await decide(session, actor, deal_id, user_id, decision, events)
    dispute = await newest_dispute(session, deal_id)
    assert dispute is not None
    return Outcome(dispute, dispute, outcome.signals)


async def dispute(session: AsyncSession, deal: Deal, party: Party, reason: str) -> Assessment:
    """Either party disputes a locked deal while it is inspected; its money stays where it is until the dispute ends.

    Raises `Conflict` already_proposed, deal_closed, nothing_to_dispute, inspection_over, too_many_disputes.
    """
    now = await clock.now(session, deal.id)
    inspect_by = deal.inspect_by if inspecting(deal) else None
    may_open(DealState(deal.state), now, inspect_by, await count_of_deal(session, deal.id))
    await add_dispute(session, deal, party, reason, now)
    move(session, deal, DealState.DISPUTED, by=party)
    await session.flush()
    return await assess(session, deal)


async def retract_dispute(session: AsyncSession, deal: Deal, party: Party) -> Assessment:
    """The party that opened the dispute retracts it. The inspection continues, or the seller is paid if it has ended.

    During a seller's dispute the buyer's time to inspect stands still. Raises `Conflict` no_dispute, dispute_ended,
    not_your_dispute.
    """
    opened = await dispute_now(session, deal.id)
    may_retract(Party(opened.opened_by), party)
    now = await clock.now(session, deal.id)
    await end_dispute(session, deal, DisputeState.WITHDRAWN, now)
    if party is Party.SELLER and deal.inspect_by is not None:
        deal.inspect_by += now - opened.opened_at
    record_event(session, deal, "deal.dispute_withdrawn", by=party)
    move(session, deal, DealState.FUNDED)
    await session.flush()
    return await assess(session, deal)


async def add_statement(session: AsyncSession, deal: Deal, party: Party, said: str, link: str | None = None) -> None:
    """A party states something about the dispute of a locked deal; with a link it is evidence.

    Raises `Conflict` no_dispute, dispute_ended, too_many_entries.
    """
    opened = await dispute_now(session, deal.id)
    kind = EntryKind.STATEMENT if link is None else EntryKind.EVIDENCE
    now = await clock.now(session, deal.id)
    await add_entry(session, deal, opened, kind, party, now, said=said, link=link)


async def offer(session: AsyncSession, deal: Deal, party: Party, back: Money, said: str | None = None) -> None:
    """A party offers to end the dispute of a locked deal with `back` for the buyer and the rest for the seller.

    It replaces the party's own earlier offer. Raises `Conflict` no_dispute, dispute_ended, wrong_currency,
    offer_exceeds_price, too_many_entries.
    """
    opened = await dispute_now(session, deal.id)
    if back.currency != deal.currency:
        raise Conflict("wrong_currency", "The deal is in another currency.", "back.currency")
    may_offer(back.minor, deal.disputed.minor)
    now = await clock.now(session, deal.id)
    await add_entry(session, deal, opened, EntryKind.OFFER, party, now, said=said, back_minor=back.minor)


async def withdraw_offer(session: AsyncSession, deal: Deal, party: Party) -> None:
    """A party withdraws its offer. Raises `Conflict` no_dispute, dispute_ended, nothing_offered."""
    opened = await dispute_now(session, deal.id)
    own = standing_offers(await entries_of(session, opened.id), deal.disputed).get(party)
    if own is None:
        raise Conflict("nothing_offered", "This party has made no offer that still stands.")
    now = await clock.now(session, deal.id)
    await add_entry(session, deal, opened, EntryKind.OFFER_WITHDRAWN, party, now, about=own.number)


async def accept_offer(session: AsyncSession, deal: Deal, party: Party, number: int) -> Assessment:
    """A party accepts the other's offer with this number: the money is divided as offered, and the dispute is settled.

    Raises `Conflict` no_dispute, dispute_ended, offer_ended, own_settlement.
    """
    opened = await dispute_now(session, deal.id)
    offers = standing_offers(await entries_of(session, opened.id), deal.disputed).values()
    offered = next((one for one in offers if one.number == number), None)
    may_accept(None if offered is None else Party(offered.by), party)
    assert offered is not None and offered.back_minor is not None
    now = await clock.now(session, deal.id)
    back_minor = offered.back_minor
    await add_entry(
        session, deal, opened, EntryKind.OFFER_ACCEPTED, party, now, about=offered.number, back_minor=back_minor
    )
    return await divide(session, deal, DisputeState.SETTLED, back_minor)


async def release_undisputed(
    session: AsyncSession, deal: Deal, party: Party, amount: Money, said: str | None = None
) -> Assessment:
    """The buyer has a part of the price paid to the seller that they do not dispute. The dispute is now about the rest.

    Their word is enough: a part that they and the seller disagree about is disputed. Once per deal. Raises `Conflict`
    no_dispute, dispute_ended, not_the_buyer, part_released, wrong_currency, nothing_disputed.
    """
    opened = await dispute_now(session, deal.id)
    if amount.currency != deal.currency:
        raise Conflict("wrong_currency", "The deal is in another currency.", "amount.currency")
    may_release_part(party, amount.minor, deal.price_minor, deal.undisputed_minor)
    now = await clock.now(session, deal.id)
    await add_entry(
        session, deal, opened, EntryKind.PART_RELEASED, party, now, said=said, undisputed_minor=amount.minor
    )
    assessed = await look(session, deal)
    deal.undisputed_minor = amount.minor
    assessed.steps |= decisions.release_undisputed(session, deal, assessed.payments, amount.minor)
    await advance(session, assessed)
    return assessed


async def divide(session: AsyncSession, deal: Deal, state: DisputeState, back_minor: int) -> Assessment:
    """Ends the dispute of a locked deal, or its inspection, with `back_minor` for the buyer, the rest for the seller.

    What an arbiter decides and what the parties agree on take this one path. An undisputed part that was paid out never
    goes back by it: the caller has checked that this is no more than what is disputed.
    """
    await end_dispute(session, deal, state, await clock.now(session, deal.id), back_minor)
    ruling = ruling_of(back_minor, deal.price_minor)
    if ruling is Ruling.REFUND:
        return await undo(session, deal, CloseReason.DISPUTE)
    if deal.state == DealState.DISPUTED:
        move(session, deal, DealState.FUNDED)
        await session.flush()
    return await release(session, deal, back_minor if ruling is Ruling.SPLIT else None)
