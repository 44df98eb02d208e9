"""Overrides: operators' requests, each a row with a reason before anything is done, and how they are carried out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain import overrides as rules
from domain.disputes import DisputeState
from domain.errors import Conflict, Malformed, NotFound
from domain.keys import debit_key, step_key
from domain.money import Money
from domain.overrides import FINAL, MACHINE, OverrideKind, OverrideState, Result
from domain.payments import AttemptState, Step, StepState
from store.base import Minor, WorkflowRow, inline
from store.deals.deals import Deal
from store.deals.disputes import Dispute
from store.payments.codes import Attempt, attempts_of
from store.payments.payments import Payment, record_event
from store.payments.steps import StepRow, steps_of
from store.people.operators import Operator


class Override(WorkflowRow):
    __tablename__ = "overrides"
    machine = MACHINE
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", "amount"),
        CheckConstraint("approved_by <> requested_by", "two_people"),
        Index("ix_overrides_deal_id", "deal_id"),
        Index("ix_overrides_dispute_id", "dispute_id", postgresql_where=text("dispute_id IS NOT NULL")),
        Index("ix_overrides_open", "id", postgresql_where=text("final_at IS NULL")),
        Index("ix_overrides_waiting", "id", postgresql_where=text("state IN ('proposed', 'contradicted')")),
        Index(
            "uq_overrides_forced", "key", unique=True, postgresql_where=text("key IS NOT NULL AND state <> 'rejected'")
        ),
    )

    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deals.id"))
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id"))
    dispute_id: Mapped[UUID | None] = mapped_column(ForeignKey("disputes.id"))
    """The dispute that it decides: it is carried out only while that is open."""
    kind: Mapped[str]
    key: Mapped[str | None]
    """The bank key of the call whose result is forced."""
    result: Mapped[str | None]
    amount_minor: Mapped[Minor]
    """The amount at stake, in the deal's currency; above a limit a second person must approve."""
    pay_by: Mapped[datetime | None]
    reason: Mapped[str]
    """Of the decision of a dispute it is written for both parties, who read it. Others are for operators."""
    evidence: Mapped[str | None]
    requested_by: Mapped[UUID] = mapped_column(ForeignKey("operators.id"))
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("operators.id"))
    approved_at: Mapped[datetime | None]
    tombstone_at: Mapped[datetime | None]
    """When the bank's tombstone was recorded: the step forced to be refused will never be done."""
    refused_code: Mapped[str | None]
    """Why it was rejected."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An operator's request. `step` is the name and number of an unknown step, such as `debit/2`."""

    kind: OverrideKind
    reason: str
    evidence: str | None = None
    step: str | None = None
    result: Result | None = None
    amount: Money | None = None
    pay_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Forced:
    """An unresolved call to a bank: its key, and the money that it moves, in minor units."""

    key: str
    amount_minor: int


async def propose(
    session: AsyncSession,
    deal: Deal,
    payment: Payment | None,
    asked: Asked,
    at_stake_minor: int,
    key: str | None,
    operator_id: UUID,
    *,
    dispute: Dispute | None = None,
    alone_up_to: int,
) -> Override:
    """Stores an override of a locked deal (and payment) that the rules allow now; above `alone_up_to` it waits."""
    waits = rules.needs_approval(Money(at_stake_minor, deal.currency), alone_up_to)
    override = Override(
        deal_id=deal.id,
        payment_id=None if payment is None else payment.id,
        dispute_id=None if dispute is None else dispute.id,
        kind=asked.kind,
        key=key,
        result=asked.result,
        amount_minor=at_stake_minor,
        pay_by=asked.pay_by,
        reason=asked.reason,
        evidence=asked.evidence,
        state=OverrideState.PROPOSED if waits else OverrideState.APPROVED,
        requested_by=operator_id,
    )
    session.add(override)
    await session.flush()
    return override


async def unresolved_step(session: AsyncSession, payment: Payment, step: str) -> Forced:
    """The call named by `step` (`debit/2`, `credit/1`) of a locked payment, while its result is unknown.

    Raises `Malformed` invalid_field; `Conflict` not_awaited, already_forced.
    """
    name, _, number = step.partition("/")
    if not (number.isascii() and number.isdecimal() and len(number) < 4):
        raise Malformed("invalid_field", "A step has a name and a number, such as debit/1.", "step")
    found: Forced | None = None
    if payment.from_wallet:
        pass  # the platform's own answers are transactions, and never unknown
    elif name == rules.DEBIT:
        attempts = await attempts_of(session, payment.id)
        if any(one.number == int(number) and one.state == AttemptState.UNRESOLVED for one in attempts):
            found = Forced(debit_key(str(payment.id), int(number)), payment.total.minor)
    else:
        key = step_key(str(payment.id), name, int(number))
        for row in await steps_of(session, payment.id):
            if row.key == key and row.state == StepState.PLANNED:
                found = Forced(key, row.amount_minor)
    if found is None:
        raise Conflict("not_awaited", "Nothing of this kind is awaited from a bank now.", "step")
    taken = await session.scalar(
        select(Override.id).where(Override.key == found.key, Override.state != inline(OverrideState.REJECTED))
    )
    if taken is not None:
        raise Conflict("already_forced", f"Its result is forced by the override {taken}.", "step")
    return found


async def decide(session: AsyncSession, override: Override, operator: Operator, *, approve: bool) -> None:
    """A second person decides a locked override. Raises `Forbidden` approver_key_needed, own_override; `Conflict`."""
    own = override.requested_by == operator.id
    rules.may_approve(OverrideState(override.state), own=own, approver=operator.approver)
    if not approve:
        await reject(session, override, "not_approved")
        return
    approved_at = await session.scalar(select(func.clock_timestamp()))
    override.state, override.approved_by, override.approved_at = OverrideState.APPROVED, operator.id, approved_at
    override.redrives = 0
    await session.flush()


async def reject(session: AsyncSession, override: Override, code: str) -> None:
    """Ends a locked override that was not carried out; `code` is the reason."""
    override.refused_code = code
    await end(session, override, OverrideState.REJECTED)


async def end(session: AsyncSession, override: Override, state: OverrideState) -> None:
    final_at = await session.scalar(select(func.clock_timestamp()))
    override.state, override.final_at = state, final_at
    await session.flush()


# A forced result counts, or is contradicted.
_COUNTS = [inline(state) for state in (OverrideState.IN_FORCE, OverrideState.DONE, OverrideState.CONTRADICTED)]


async def step_with_force(
    session: AsyncSession, payment_id: UUID, name: Step, number: int
) -> tuple[Payment, StepRow, Override | None]:
    """A payment, one of its steps, and the override that forces its result, if there is one."""
    query = select(Payment, StepRow, Override).select_from(Payment).join(StepRow, StepRow.payment_id == Payment.id)
    query = query.outerjoin(Override, (Override.key == StepRow.key) & Override.state.in_(_COUNTS))
    found = await session.execute(query.where(Payment.id == payment_id, StepRow.name == name, StepRow.number == number))
    payment, step, override = found.one()
    return payment, step, override


async def attempt_with_force(
    session: AsyncSession, payment_id: UUID
) -> tuple[Payment, Attempt | None, Override | None]:
    """A payment, its unresolved attempt, and the override that forces the attempt's result, if there are any."""
    unresolved = (Attempt.payment_id == Payment.id) & (Attempt.state == inline(AttemptState.UNRESOLVED))
    forced = (Override.deal_id == Payment.deal_id) & Override.key.is_not(None) & Override.state.in_(_COUNTS)
    query = select(Payment, Attempt, Override).select_from(Payment)
    query = query.outerjoin(Attempt, unresolved).outerjoin(Override, forced)
    found = (await session.execute(query.where(Payment.id == payment_id))).all()
    payment: Payment = found[0][0]
    attempt: Attempt | None = found[0][1]
    key = None if attempt is None else debit_key(str(payment_id), attempt.number)
    overrides: list[Override | None] = [override for _, _, override in found]
    return payment, attempt, next((one for one in overrides if one is not None and one.key == key), None)


async def override_of(session: AsyncSession, override_id: UUID) -> Override:
    override = await session.get(Override, override_id)
    if override is None:
        raise NotFound("unknown_override", "There is no such override.")
    return override


async def pending_decision(session: AsyncSession, dispute_id: UUID) -> Override | None:
    """The override that decides a dispute, from its request until it is carried out or rejected."""
    query = select(Override).where(Override.dispute_id == dispute_id, Override.final_at.is_(None))
    return await session.scalar(query.limit(1))


async def why_decided(session: AsyncSession, dispute: Dispute | None) -> str | None:
    """What an arbiter wrote to both parties about the decision of a dispute; None unless it was decided.

    Of the override nothing else is for them: who asked for it, who approved it, or what was noted as evidence.
    """
    if dispute is None or dispute.state != DisputeState.DECIDED:
        return None
    query = select(Override.reason).where(
        Override.dispute_id == dispute.id, Override.state == inline(OverrideState.DONE)
    )
    return await session.scalar(query.limit(1))


async def lock_override(session: AsyncSession, override_id: UUID) -> Override:
    """Locks the override's row; lock its deal and payment first."""
    query = select(Override).where(Override.id == override_id).execution_options(populate_existing=True)
    override = await session.scalar(query.with_for_update(key_share=True))
    if override is None:
        raise NotFound("unknown_override", "There is no such override.")
    return override


async def overrides_after(
    session: AsyncSession, deal_id: UUID | None, *, open_only: bool, after: UUID | None, limit: int, until: datetime
) -> list[Override]:
    """A page of overrides in order of creation."""
    query = select(Override).where(Override.created_at < until).order_by(Override.id).limit(limit)
    if deal_id is not None:
        query = query.where(Override.deal_id == deal_id)
    if open_only:
        query = query.where(Override.state.not_in(FINAL))
    if after is not None:
        query = query.where(Override.id > after)
    return list(await session.scalars(query))


def note(session: AsyncSession, payment: Payment, override: Override, what: str, **data: object) -> None:
    """The event of an override of a locked payment; the reason is in the row and in Temporal's history."""
    record_event(session, payment, f"payment.override_{what}", override=str(override.id), kind=override.kind, **data)
