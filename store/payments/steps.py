"""Steps: the bank calls that release or return a payment, planned as rows before they are made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    ScalarSelect,
    UniqueConstraint,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.divisions import credit_of_part, credit_of_rest
from domain.fees import commission_of_part
from domain.keys import step_key
from domain.payments import Decision, EndReason, PaymentState, Step, StepState, may_cancel
from domain.wallets import PLATFORM_ACCOUNT
from store.banks.banks import Bank
from store.base import Base, Created, Id, Minor
from store.deals.deals import Deal
from store.payments.payments import Payment, decide


class StepRow(Base):
    __tablename__ = "steps"
    __table_args__ = (
        UniqueConstraint("payment_id", "name", "number"),
        CheckConstraint("amount_minor >= 0", "amount"),
        CheckConstraint("(state = 'planned') = (resolved_at IS NULL)", "resolved"),
        CheckConstraint("(refund_id IS NOT NULL) = (name = 'refund')", "clawback"),
        CheckConstraint("(taken IS NULL) = (refund_id IS NULL)", "taken"),
        CheckConstraint(
            "(given_to IS NULL) = (given_by IS NULL) AND (given_to IS NULL OR refund_id IS NOT NULL)", "given"
        ),
        CheckConstraint(
            "(commission_minor IS NULL) = (refund_id IS NULL) AND commission_minor BETWEEN 0 AND amount_minor",
            "commission",
        ),
        Index("ix_steps_planned", "payment_id", postgresql_where=text("state = 'planned'")),
        Index(
            "ix_steps_waiting",
            "refund_id",
            postgresql_where=text("refused_code IN ('guarantee_exhausted', 'account_closed')"),
        ),
    )

    id: Mapped[Id]
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    refund_id: Mapped[UUID | None] = mapped_column(ForeignKey("refunds.id"), index=True)
    """The refund that claws back what was released; None for a step of the release or the return itself."""
    position: Mapped[int]
    """Steps of a payment are made in this order."""
    name: Mapped[str]
    number: Mapped[int]
    """1, and one more after each final refusal; never after an unknown result."""
    key: Mapped[str] = mapped_column(unique=True)
    amount_minor: Mapped[Minor]
    account: Mapped[str | None]
    """The account or wallet that is credited or clawed back from; None for what was never credited."""
    given_to: Mapped[str | None]
    """Of a clawback: the account that receives the money instead of the payer's source, which is closed."""
    given_by: Mapped[str | None]
    """The bank account that this is paid to: the same, or the platform's when it is for a wallet."""
    commission_minor: Mapped[int | None] = mapped_column(BigInteger)
    """Of a clawback: the part of the amount that was commission. The payer gets everything in one movement."""
    taken: Mapped[str | None]
    """Of a clawback: what it is of (`domain.payments.Taken`)."""
    state: Mapped[str]
    operation: Mapped[str | None]
    """The bank's operation key in its answer."""
    # Of a done clawback: the fee that was returned too, and the sources of the amount.
    fee_minor: Mapped[int | None] = mapped_column(BigInteger)
    from_owed_minor: Mapped[int | None] = mapped_column(BigInteger)
    from_payee_minor: Mapped[int | None] = mapped_column(BigInteger)
    from_commission_minor: Mapped[int | None] = mapped_column(BigInteger)
    from_guarantee_minor: Mapped[int | None] = mapped_column(BigInteger)
    refused_code: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
    created_at: Mapped[Created]


def plan(
    session: AsyncSession,
    payment: Payment,
    position: int,
    name: Step,
    amount_minor: int,
    account: str | ScalarSelect[str] | None = None,
    number: int = 1,
    refund_id: UUID | None = None,
    commission_minor: int | None = None,
    taken: str | None = None,
) -> StepRow:
    """Adds a step of a locked payment, or of a refund that reverses a part of it, with the part of the commission."""
    step = StepRow(
        payment_id=payment.id,
        refund_id=refund_id,
        position=position,
        name=name,
        number=number,
        key=step_key(str(payment.id), name, number),
        amount_minor=amount_minor,
        account=account,
        commission_minor=commission_minor,
        taken=taken,
        given_to=None if refund_id is None else payment.refund_to,
        given_by=None if refund_id is None else payment.refund_by,
        state=StepState.PLANNED,
    )
    session.add(step)
    return step


def plan_release(session: AsyncSession, deal: Deal, payment: Payment, before_minor: int) -> list[StepRow]:
    """Plans capture, credit to the seller and commission of a payment, after `before_minor` of earlier ones.

    Money from a wallet is credited to the seller's wallet, money from a bank according to the deal's terms.

    Commission is part of the amount and goes to the platform's account at the bank that the payer pays to. For a wallet
    it needs no transfer: the platform has it. Over all payments it equals the commission on the price.
    """
    planned = [plan(session, payment, 1, Step.CAPTURE, payment.total.minor)]
    commission_minor = commission_of_part(before_minor, payment.amount_minor, deal.commission_bp)
    if payment.amount_minor > commission_minor:
        credit_minor = payment.amount_minor - commission_minor
        planned.append(plan(session, payment, 2, Step.CREDIT, credit_minor, _payee(deal, payment)))
    if commission_minor:
        planned.append(plan(session, payment, 3, Step.COMMISSION, commission_minor, _operator(deal, payment)))
    return planned


def plan_undisputed(session: AsyncSession, deal: Deal, payment: Payment) -> list[StepRow]:
    """Plans the capture of a payment of which only a part is undisputed, and the credit of that part.

    What was captured and not credited stays on the deal's account, the commission on the part too.
    """
    before_minor, part_minor = payment.before_minor or 0, payment.undisputed_minor or 0
    planned = [plan(session, payment, 1, Step.CAPTURE, payment.total.minor)]
    if credit_minor := credit_of_part(before_minor, part_minor, deal.commission_bp):
        planned.append(plan(session, payment, 2, Step.CREDIT, credit_minor, _payee(deal, payment)))
    return planned


def plan_rest(session: AsyncSession, deal: Deal, payment: Payment) -> list[StepRow]:
    """Plans the credit of what was kept of a payment, less what goes back, and the commission on what is paid out."""
    before_minor, part_minor = payment.before_minor or 0, payment.undisputed_minor or 0
    paid_minor = payment.amount_minor - (payment.kept_minor or 0)
    credit_minor, commission_minor = credit_of_rest(before_minor, part_minor, paid_minor, deal.commission_bp)
    planned = []
    if credit_minor:
        planned.append(plan(session, payment, 3, Step.REST, credit_minor, _payee(deal, payment)))
    if commission_minor:
        planned.append(plan(session, payment, 4, Step.COMMISSION, commission_minor, _operator(deal, payment)))
    return planned


def _payee(deal: Deal, payment: Payment) -> str:
    return payment.payee_account if payment.from_wallet else deal.payee_account


def _operator(deal: Deal, payment: Payment) -> str | ScalarSelect[str]:
    """The platform's account that the commission goes to."""
    if payment.from_wallet:
        return PLATFORM_ACCOUNT
    of_bank = Bank.id == literal_column(str(deal.payee_bank or payment.payer_bank))
    return select(Bank.commission_account).where(of_bank).scalar_subquery()


def plan_void(session: AsyncSession, payment: Payment) -> list[StepRow]:
    """Plans that the bank frees everything held for the payment, and accepts no more codes for it."""
    return [plan(session, payment, 1, Step.VOID, payment.total.minor)]


async def cancel_payment(session: AsyncSession, payment: Payment) -> None:
    """Cancels a locked payment (its deal locked before it) that has no unresolved attempt and holds nothing.

    Raises `Conflict` attempt_unresolved, payment_not_cancellable.
    """
    may_cancel(PaymentState(payment.state))
    decide(session, payment, Decision.RETURN, EndReason.CANCELLED)
    plan_void(session, payment)
    await session.flush()


async def steps_of(session: AsyncSession, payment_id: UUID) -> list[StepRow]:
    """The steps that release or return the payment, in order of execution."""
    query = select(StepRow).where(StepRow.payment_id == payment_id, StepRow.refund_id.is_(None))
    return list(await session.scalars(query.order_by(StepRow.position, StepRow.number)))


async def steps_of_payments(session: AsyncSession, payments: Sequence[Payment]) -> list[StepRow]:
    """All steps of these payments, those of refunds too."""
    query = select(StepRow).where(StepRow.payment_id.in_([payment.id for payment in payments]))
    return list(await session.scalars(query.order_by(StepRow.key)))


def resolved(steps: Sequence[StepRow]) -> int | None:
    """How many of a deal's steps a bank has answered; None while an answer is awaited."""
    return None if any(step.state == StepState.PLANNED for step in steps) else len(steps)


async def clawback_steps(session: AsyncSession, payment_id: UUID) -> list[StepRow]:
    """The steps of refunds that claw back what the payment had released, in order of numbers."""
    query = select(StepRow).where(StepRow.payment_id == payment_id, StepRow.refund_id.is_not(None))
    return list(await session.scalars(query.order_by(StepRow.name, StepRow.number)))


def makeable(steps: Sequence[StepRow]) -> list[StepRow]:
    """The planned steps that may be made now, in order: none while the newest capture is refused."""
    captures = [step for step in steps if step.name == Step.CAPTURE]
    if captures and captures[-1].state == StepState.REFUSED:
        return []
    return [step for step in steps if step.state == StepState.PLANNED]


async def step_of(session: AsyncSession, payment_id: UUID, name: Step, number: int) -> StepRow:
    """One step; raises `NoResultFound` when it was never planned."""
    query = select(StepRow).where(StepRow.payment_id == payment_id, StepRow.name == name, StepRow.number == number)
    return (await session.scalars(query)).one()


def resolve_step(step: StepRow, *, operation: str | None, refused_code: str | None) -> None:
    """Writes the final answer to a step of a locked payment; the database stamps its time."""
    step.state = StepState.REFUSED if refused_code else StepState.DONE
    step.operation = operation
    step.refused_code = refused_code
    step.resolved_at = func.clock_timestamp()
