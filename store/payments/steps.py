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
    or_,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.errors import Conflict
from domain.fees import commission_of_part
from domain.keys import step_key
from domain.payments import Decision, EndReason, PaymentState, Step, StepState, may_cancel
from domain.wallets import PLATFORM_ACCOUNT
from store.banks.accounts import payout_account
from store.banks.banks import Bank
from store.base import Base, Created, Id, Minor, inline
from store.deals.deals import Deal
from store.payments.payments import Payment, decide, move


class StepRow(Base):
    __tablename__ = "steps"
    __table_args__ = (
        UniqueConstraint("payment_id", "name", "number"),
        CheckConstraint("amount_minor >= 0", "amount"),
        CheckConstraint("(state = 'planned') = (resolved_at IS NULL)", "resolved"),
        CheckConstraint("(refund_id IS NOT NULL) = (name = 'refund')", "clawback"),
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
    commission_minor = commission_of_part(before_minor, payment.amount_minor, deal.commission_bp)
    operator: str | ScalarSelect[str] = PLATFORM_ACCOUNT
    payee = payment.payee_account
    if not payment.from_wallet:
        payee = deal.payee_account
        of_bank = Bank.id == literal_column(str(deal.payee_bank or payment.payer_bank))
        operator = select(Bank.commission_account).where(of_bank).scalar_subquery()
    planned = [plan(session, payment, 1, Step.CAPTURE, payment.total.minor)]
    if payment.amount_minor > commission_minor:
        planned.append(plan(session, payment, 2, Step.CREDIT, payment.amount_minor - commission_minor, payee))
    if commission_minor:
        planned.append(plan(session, payment, 3, Step.COMMISSION, commission_minor, operator))
    return planned


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


async def name_payout_account(session: AsyncSession, payment: Payment, account: str) -> None:
    """Plans the refused credit of a locked payable payment again, to the account number that the seller now names.

    Any part that went back to the payer meanwhile is not credited any more. Raises `Conflict` nothing_owed,
    refund_under_way.
    """
    if payment.state != PaymentState.PAYABLE:
        raise Conflict("nothing_owed", "This payment is not owed to the seller.")
    refused = await refused_credit(session, payment.id)
    clawed_back = await clawback_steps(session, payment.id)
    if any(step.state != StepState.DONE for step in clawed_back):
        raise Conflict("refund_under_way", "A part of this payment is going back; try again after that.")
    owed_minor = refused.amount_minor - owed_clawed_back_minor(clawed_back, refused)
    plan(session, payment, refused.position, Step.CREDIT, owed_minor, account, refused.number + 1)
    move(session, payment, PaymentState.RELEASING, account=account)
    await session.flush()


async def use_new_payout_account(session: AsyncSession, deal: Deal, payment: Payment) -> None:
    """Pays the payable of a locked payment to the payout account that the seller has named since.

    Not to an account whose bank has already refused it, nor while a part of it is going back to the payer.
    """
    account = await payout_account(session, deal.seller_id, deal.currency)
    tried = {step.account for step in await steps_of(session, payment.id) if step.name == Step.CREDIT}
    going_back = [step for step in await clawback_steps(session, payment.id) if step.state != StepState.DONE]
    if account is not None and account.number not in tried and not going_back:
        await name_payout_account(session, payment, account.number)


async def owed_payments(session: AsyncSession, seller_id: UUID, currency: str) -> list[tuple[Deal, Payment]]:
    """A seller's payables in a currency, oldest first: for signals when another account was named."""
    query = select(Deal, Payment).join(Payment, Payment.deal_id == Deal.id).order_by(Payment.id)
    query = query.where(
        Deal.seller_id == seller_id, Deal.currency == currency, Payment.state == inline(PaymentState.PAYABLE)
    )
    return [(deal, payment) for deal, payment in await session.execute(query)]


async def still_owed(session: AsyncSession, deal: Deal) -> bool:
    """Whether a part of the deal's price has not reached its seller yet."""
    query = select(Payment.id).where(Payment.deal_id == deal.id, Payment.decision == Decision.RELEASE).limit(1)
    return await session.scalar(query.where(Payment.final_at.is_(None))) is not None


async def unpaid_when_it_ended(session: AsyncSession, deal: Deal) -> bool:
    """Whether there was still a payable to the seller when the deal ended; its payment is then mailed to the seller."""
    query = select(Payment.id).where(Payment.deal_id == deal.id, Payment.decision == Decision.RELEASE).limit(1)
    ended_later = or_(Payment.final_at.is_(None), Payment.final_at > deal.final_at)
    return await session.scalar(query.where(ended_later)) is not None


async def steps_of(session: AsyncSession, payment_id: UUID) -> list[StepRow]:
    """The steps that release or return the payment, in order of execution."""
    query = select(StepRow).where(StepRow.payment_id == payment_id, StepRow.refund_id.is_(None))
    return list(await session.scalars(query.order_by(StepRow.position, StepRow.number)))


async def refused_credit(session: AsyncSession, payment_id: UUID) -> StepRow:
    """The newest credit of a payable payment."""
    return [step for step in await steps_of(session, payment_id) if step.name == Step.CREDIT][-1]


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


def owed_clawed_back_minor(clawed_back: Sequence[StepRow], refused: StepRow) -> int:
    """The part of the refused credit that has gone back to the payer since it was planned, in minor units."""
    since = [step for step in clawed_back if step.created_at > refused.created_at]
    return sum(step.from_owed_minor or 0 for step in since)


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
