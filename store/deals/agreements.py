"""Agreements: proposals of one party to a deal that the other agrees to.

At most one proposal per subject is open.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.agreements import MACHINE, AgreementState, Party, Subject, may_propose
from domain.errors import Conflict
from store.base import Base, Id
from store.deals.deals import Deal, record_event
from store.people.users import User


class Agreement(Base):
    __tablename__ = "agreements"
    machine = MACHINE
    __table_args__ = (
        CheckConstraint("subject IN ('cancellation', 'extension')", "subject"),
        CheckConstraint(
            "proposed_by IN ('buyer', 'seller')"
            " OR proposed_by = 'operator' AND subject = 'extension' AND state = 'agreed'",
            "party",
        ),
        CheckConstraint("(subject = 'extension') = (pay_by IS NOT NULL)", "pay_by"),
        CheckConstraint("(state = 'proposed') = (resolved_at IS NULL)", "resolved"),
        Index("uq_agreements_proposed", "deal_id", "subject", unique=True, postgresql_where=text("state = 'proposed'")),
    )

    id: Mapped[Id]
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deals.id"), index=True)
    subject: Mapped[str]
    state: Mapped[str]
    proposed_by: Mapped[str]
    reason: Mapped[str | None]
    pay_by: Mapped[datetime | None]
    """The proposed deadline, for an extension. Market database clock."""
    proposed_at: Mapped[datetime]
    """By the deal's clock, read after its lock; this time decides."""
    resolved_at: Mapped[datetime | None]


def party_of(deal: Deal, user: User) -> Party:
    """The user's side of the deal; `Conflict` not_a_party."""
    if user.id == deal.buyer_id:
        return Party.BUYER
    if user.id == deal.seller_id:
        return Party.SELLER
    raise Conflict("not_a_party", "Only the buyer and the seller decide about their deal.", "user_id")


async def proposal(session: AsyncSession, deal_id: UUID, subject: Subject) -> Agreement | None:
    """The open proposal; a caller that changes it must have locked the deal."""
    query = select(Agreement).where(Agreement.deal_id == deal_id, Agreement.subject == subject)
    return await session.scalar(query.where(Agreement.state == AgreementState.PROPOSED))


async def proposals(session: AsyncSession, deal_id: UUID) -> list[Agreement]:
    """Proposals about a deal that were neither agreed to nor retracted, at most one for each subject."""
    query = select(Agreement).where(Agreement.deal_id == deal_id, Agreement.state == AgreementState.PROPOSED)
    return list(await session.scalars(query))


async def propose(
    session: AsyncSession,
    deal: Deal,
    subject: Subject,
    party: Party,
    now: datetime,
    *,
    reason: str | None = None,
    pay_by: datetime | None = None,
) -> Agreement:
    """Stores a proposal about a locked deal, replacing the open one.

    Raises `Conflict` too_many_proposals.
    """
    may_propose(await session.scalar(select(func.count()).where(Agreement.deal_id == deal.id)) or 0)
    before = await proposal(session, deal.id, subject)
    if before is not None:
        await resolve(session, before, AgreementState.REPLACED)
    agreement = Agreement(
        deal_id=deal.id,
        subject=subject,
        state=AgreementState.PROPOSED,
        proposed_by=party,
        reason=reason,
        pay_by=pay_by,
        proposed_at=now,
    )
    session.add(agreement)
    record_event(session, deal, f"deal.{subject}_proposed", by=party)
    await session.flush()
    return agreement


async def resolve(session: AsyncSession, agreement: Agreement, state: AgreementState) -> None:
    """Ends a proposal of a locked deal: agreed, withdrawn or replaced."""
    agreement.state = state
    agreement.resolved_at = func.clock_timestamp()
    await session.flush()


async def agree_to_the_buyers_proposal(session: AsyncSession, deal: Deal) -> bool:
    """Marks the cancellation as agreed if the buyer of a locked deal has proposed it and may by now cancel alone."""
    open_ = await proposal(session, deal.id, Subject.CANCELLATION)
    if open_ is None or open_.proposed_by != Party.BUYER:
        return False
    await resolve(session, open_, AgreementState.AGREED)
    record_event(session, deal, "deal.cancellation_agreed", by=Party.BUYER)
    return True


async def withdraw(session: AsyncSession, deal: Deal, subject: Subject, party: Party) -> None:
    """Retracts a proposal about a locked deal. Raises `Conflict` nothing_proposed."""
    open_ = await proposal(session, deal.id, subject)
    if open_ is None or open_.proposed_by != party:
        raise Conflict("nothing_proposed", "This party has proposed nothing that is still open.")
    await resolve(session, open_, AgreementState.WITHDRAWN)
    record_event(session, deal, f"deal.{subject}_withdrawn", by=party)
    await session.flush()


async def cancelled_by(session: AsyncSession, deal_id: UUID) -> str | None:
    """The party that proposed the agreed cancellation; None when the deal was cancelled in another way."""
    query = select(Agreement.proposed_by).where(
        Agreement.deal_id == deal_id,
        Agreement.subject == Subject.CANCELLATION,
        Agreement.state == AgreementState.AGREED,
    )
    return await session.scalar(query)
