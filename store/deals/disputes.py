"""Disputes: the rows, what the parties add to them, and how their times run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.agreements import Party
from domain.deals import in_time
from domain.disputes import (
    ANSWER_WITHIN,
    DECIDE_WITHIN,
    MACHINE,
    Awaited,
    DisputeState,
    EntryKind,
    Times,
    may_add,
    must_be_open,
    other,
)
from domain.errors import NotFound
from domain.money import Money
from store.base import Base, Id, inline
from store.deals.deals import Deal, record_event


class Dispute(Base):
    __tablename__ = "disputes"
    machine = MACHINE
    __table_args__ = (
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", "ended"),
        CheckConstraint("opened_by IN ('buyer', 'seller')", "opened_by"),
        Index("ix_disputes_deal_id", "deal_id", "id"),
        Index("ix_disputes_open", "id", postgresql_where=text("state = 'open'")),
        Index(
            "ix_disputes_escalated",
            "escalated_at",
            postgresql_where=text("state = 'open' AND escalated_at IS NOT NULL"),
        ),
        Index("uq_disputes_open", "deal_id", unique=True, postgresql_where=text("state = 'open'")),
    )

    id: Mapped[Id]
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deals.id"))
    state: Mapped[str]
    opened_by: Mapped[str]
    reason: Mapped[str]
    opened_at: Mapped[datetime]
    """By the deal's clock, read after its lock, as all times of a dispute are."""
    answer_by: Mapped[datetime]
    """Until when the other party may answer before a decision."""
    answered_at: Mapped[datetime | None]
    silent_at: Mapped[datetime | None]
    """When it was noted that there was no answer in time."""
    decide_by: Mapped[datetime]
    """After this another arbiter decides."""
    escalated_at: Mapped[datetime | None]
    arbiter_id: Mapped[UUID | None] = mapped_column(ForeignKey("operators.id"))
    """The operator who has taken it."""
    replaced_id: Mapped[UUID | None] = mapped_column(ForeignKey("operators.id"))
    """The operator who had taken it and was too late."""
    back_minor: Mapped[int | None] = mapped_column(BigInteger)
    """What went back to the buyer, for one that was settled or decided."""
    entries: Mapped[int] = mapped_column(server_default=text("0"))
    ended_at: Mapped[datetime | None]

    @property
    def times(self) -> Times:
        return Times(self.answer_by, self.answered_at, self.silent_at, self.decide_by, self.escalated_at)

    @property
    def is_open(self) -> bool:
        return self.state == DisputeState.OPEN


class Entry(Base):
    __tablename__ = "dispute_entries"
    __table_args__ = (UniqueConstraint("dispute_id", "number"),)

    id: Mapped[Id]
    dispute_id: Mapped[UUID] = mapped_column(ForeignKey("disputes.id"))
    number: Mapped[int]
    """1, 2, 3, … within the dispute."""
    kind: Mapped[str]
    by: Mapped[str]
    said: Mapped[str | None]
    link: Mapped[str | None]
    """Where a piece of evidence can be seen."""
    back_minor: Mapped[int | None] = mapped_column(BigInteger)
    """What would go back to the buyer by an offer."""
    undisputed_minor: Mapped[int | None] = mapped_column(BigInteger)
    """What the buyer has had paid out to the seller."""
    about: Mapped[int | None]
    """The number of the offer that is withdrawn or accepted."""
    at: Mapped[datetime]


async def add_dispute(session: AsyncSession, deal: Deal, party: Party, reason: str, now: datetime) -> Dispute:
    """Stores a dispute about a locked deal that the rules allow."""
    dispute = Dispute(
        deal_id=deal.id,
        state=DisputeState.OPEN,
        opened_by=party,
        reason=reason,
        opened_at=now,
        answer_by=now + ANSWER_WITHIN,
        decide_by=now + ANSWER_WITHIN + DECIDE_WITHIN,
    )
    session.add(dispute)
    await session.flush()
    return dispute


async def add_entry(
    session: AsyncSession,
    deal: Deal,
    dispute: Dispute,
    kind: EntryKind,
    party: Party,
    now: datetime,
    *,
    said: str | None = None,
    link: str | None = None,
    back_minor: int | None = None,
    undisputed_minor: int | None = None,
    about: int | None = None,
) -> Entry:
    """Adds what a party says, offers, withdraws or accepts to an open dispute of a locked deal, with its event.

    What the party that did not open it adds is its answer: the time for a decision runs from then. Raises `Conflict`
    too_many_entries.
    """
    query = select(func.count()).where(Entry.dispute_id == dispute.id, Entry.by == party)
    if kind not in (EntryKind.OFFER_WITHDRAWN, EntryKind.OFFER_ACCEPTED, EntryKind.PART_RELEASED):
        may_add(await session.scalar(query) or 0)
    if dispute.answered_at is None and party == other(Party(dispute.opened_by)):
        dispute.answered_at = now
        if dispute.escalated_at is None:
            dispute.decide_by = min(dispute.decide_by, now + DECIDE_WITHIN)
    dispute.entries += 1
    entry = Entry(
        dispute_id=dispute.id,
        number=dispute.entries,
        kind=kind,
        by=party,
        said=said,
        link=link,
        back_minor=back_minor,
        undisputed_minor=undisputed_minor,
        about=about,
        at=now,
    )
    session.add(entry)
    amounts = {"back_minor": back_minor, "undisputed_minor": undisputed_minor}
    money = {name: minor for name, minor in amounts.items() if minor is not None}
    record_event(session, deal, f"deal.dispute_{kind}", by=party, number=entry.number, **money)
    await session.flush()
    return entry


async def end_dispute(
    session: AsyncSession, deal: Deal, state: DisputeState, now: datetime, back_minor: int | None = None
) -> Dispute | None:
    """Ends the open dispute about a locked deal, if there is one. `back_minor` goes back to the buyer."""
    dispute = await open_dispute(session, deal.id)
    if dispute is not None:
        dispute.state, dispute.ended_at, dispute.back_minor = state, now, back_minor
        await session.flush()
    return dispute


async def note_times(session: AsyncSession, deal: Deal, dispute: Dispute, now: datetime) -> datetime | None:
    """Notes that a time of the open dispute of a locked deal is over; returns when the next one will be."""
    while (until := dispute.times.until) is not None and not in_time(now, until):
        if dispute.times.awaited is Awaited.ANSWER:
            dispute.silent_at = now
            record_event(session, deal, "deal.dispute_unanswered", by=dispute.opened_by)
        else:
            dispute.escalated_at = now
            dispute.arbiter_id, dispute.replaced_id = None, dispute.arbiter_id
            record_event(session, deal, "deal.dispute_escalated")
    await session.flush()
    return until


async def open_dispute(session: AsyncSession, deal_id: UUID) -> Dispute | None:
    """The open dispute about a deal; a caller that changes it must have locked the deal."""
    query = select(Dispute).where(Dispute.deal_id == deal_id, Dispute.state == inline(DisputeState.OPEN))
    return await session.scalar(query)


async def newest_dispute(session: AsyncSession, deal_id: UUID) -> Dispute | None:
    query = select(Dispute).where(Dispute.deal_id == deal_id).order_by(Dispute.id.desc()).limit(1)
    return await session.scalar(query)


async def dispute_now(session: AsyncSession, deal_id: UUID) -> Dispute:
    """The open dispute about a locked deal. Raises `Conflict` no_dispute, dispute_ended."""
    dispute = await newest_dispute(session, deal_id)
    must_be_open(None if dispute is None else DisputeState(dispute.state))
    assert dispute is not None
    return dispute


async def dispute_of(session: AsyncSession, dispute_id: UUID) -> Dispute:
    """Raises `NotFound` unknown_dispute."""
    dispute = await session.get(Dispute, dispute_id)
    if dispute is None:
        raise NotFound("unknown_dispute", "There is no such dispute.")
    return dispute


async def count_of_deal(session: AsyncSession, deal_id: UUID) -> int:
    """How many disputes there have been about a deal."""
    return await session.scalar(select(func.count()).where(Dispute.deal_id == deal_id)) or 0


async def entries_of(session: AsyncSession, dispute_id: UUID) -> list[Entry]:
    """What the parties have added, in order; at most `MAX_ENTRIES_PER_PARTY` statements and offers of each."""
    return list(await session.scalars(select(Entry).where(Entry.dispute_id == dispute_id).order_by(Entry.number)))


def standing_offers(entries: Sequence[Entry], disputed: Money) -> Mapping[Party, Entry]:
    """The newest offer of each party that it has not withdrawn, and that asks for no more than is still disputed."""
    found: dict[Party, Entry] = {}
    for entry in entries:
        if entry.kind == EntryKind.OFFER:
            found[Party(entry.by)] = entry
        elif entry.kind == EntryKind.OFFER_WITHDRAWN:
            found.pop(Party(entry.by), None)
    return {party: offer for party, offer in found.items() if (offer.back_minor or 0) <= disputed.minor}


def back_of(entry: Entry | Dispute, deal: Deal) -> Money | None:
    return None if entry.back_minor is None else Money(entry.back_minor, deal.currency)


async def open_disputes(session: AsyncSession, after: UUID | None, limit: int) -> list[tuple[Dispute, Deal]]:
    """A page of the open disputes, each with its deal, the oldest first."""
    query = select(Dispute, Deal).join(Deal, Deal.id == Dispute.deal_id).order_by(Dispute.id).limit(limit)
    query = query.where(Dispute.state == inline(DisputeState.OPEN))
    if after is not None:
        query = query.where(Dispute.id > after)
    return [(row[0], row[1]) for row in await session.execute(query)]


async def count_disputes(session: AsyncSession) -> tuple[int, int]:
    """How many disputes are open, and how many of them await a second arbiter."""
    query = select(func.count(), func.count(Dispute.escalated_at)).where(Dispute.state == inline(DisputeState.OPEN))
    found = (await session.execute(query)).one()
    return found[0], found[1]
