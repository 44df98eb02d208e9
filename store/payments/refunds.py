"""Refunds: money that the seller already had and that goes back to the payers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from domain.deals import PAID_OUT, DealState
from domain.errors import Conflict, NotFound
from domain.keys import is_clawback_key
from domain.money import Money
from domain.payments import Decision, PaymentState, Step, StepState, Taken
from domain.refunds import (
    FINAL,
    MACHINE,
    PAYER_CLOSED,
    TRY_AGAIN_AFTER,
    RefundState,
    may_refund,
    pieces,
    shares,
)
from domain.terms import Cause
from store.base import Minor, WorkflowRow
from store.deals.deals import Deal, record_event
from store.payments.payments import Payment, lock_payments_of
from store.payments.steps import StepRow, clawback_steps, plan, steps_of

BY_THE_DEAL: Final = "deal"


class Refund(WorkflowRow):
    __tablename__ = "refunds"
    machine = MACHINE
    __table_args__ = (
        UniqueConstraint("deal_id", "number"),
        CheckConstraint("amount_minor > 0", "amount"),
        CheckConstraint("(state = 'refunded') = (final_at IS NOT NULL)", "final_at"),
        CheckConstraint("compared_at IS NULL OR final_at IS NOT NULL", "compared_at"),
        Index("ix_refunds_open", "id", postgresql_where=text("compared_at IS NULL")),
        Index("ix_refunds_flagged", "id", postgresql_where=text("flagged_at IS NOT NULL AND final_at IS NULL")),
    )

    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deals.id"))
    number: Mapped[int]
    """1, 2, 3, … within the deal; they are carried out in this order."""
    amount_minor: Mapped[Minor]
    """Of the price, in the deal's currency; the bank's fee may go back in addition."""
    cause: Mapped[str]
    fee: Mapped[str]
    """Who bears the fee of the payer's bank, by the deal's terms for this cause."""
    reason: Mapped[str]
    requested_by: Mapped[str]
    """The caller's name, or `BY_THE_DEAL` when the deal itself claws back what it had released."""
    flagged_at: Mapped[datetime | None]
    compared_at: Mapped[datetime | None]
    """When the deal's closing statement, with this refund, was found to balance."""

    def amount(self, currency: str) -> Money:
        return Money(self.amount_minor, currency)


async def request_refund(
    session: AsyncSession, deal: Deal, amount: Money | None, cause: Cause, reason: str, requested_by: str
) -> Refund:
    """Plans a refund of a completed or split, locked deal: `amount` of the price, or all that is left of it.

    Raises `Conflict` nothing_released, release_under_way, wrong_currency, exceeds_refundable, too_many_refunds.
    """
    payments, _ = await lock_payments_of(session, deal.id)
    if deal.state == DealState.FUNDED and deal.released_at is not None:
        raise release_under_way()
    if deal.state not in PAID_OUT:
        raise Conflict("nothing_released", "The seller has not been paid: there is nothing to refund.")
    if any(payment.state == PaymentState.RELEASING for payment in payments):
        raise release_under_way()
    if amount is not None and amount.currency != deal.currency:
        raise Conflict("wrong_currency", "The deal is in another currency.", "amount.currency")
    earlier = await refunds_of(session, deal.id)
    left = refundable(deal, earlier)
    amount_minor = left.minor if amount is None else amount.minor
    may_refund(amount_minor, left.minor, len(earlier))
    return await plan_refund(session, deal, payments, amount_minor, cause, reason, requested_by)


def refundable(deal: Deal, refunds: Sequence[Refund]) -> Money:
    """What is left of the price of a deal with these refunds, once its seller has been paid, all of it or a part."""
    left_minor = deal.price_minor - sum(refund.amount_minor for refund in refunds)
    return Money(left_minor if deal.state in PAID_OUT else 0, deal.currency)


def release_under_way() -> Conflict:
    """The seller is being paid now."""
    return Conflict("release_under_way", "The seller is being paid: try again after that.")


async def plan_refund(
    session: AsyncSession,
    deal: Deal,
    payments: Sequence[Payment],
    amount_minor: int,
    cause: Cause,
    reason: str,
    requested_by: str,
) -> Refund:
    """Stores a refund of released money with a step per payment, which reverses the seller's and the platform's part.

    Deal and payments are locked, and no payment is being released. The fee follows the deal's terms.
    """
    earlier = await refunds_of(session, deal.id)
    refund = Refund(
        deal_id=deal.id,
        number=len(earlier) + 1,
        amount_minor=amount_minor,
        cause=cause,
        fee=deal.terms.fees.bearer(cause),
        reason=reason,
        requested_by=requested_by,
        state=RefundState.RETURNING,
    )
    session.add(refund)
    await session.flush()
    await _plan_steps(session, deal, payments, refund, sum(other.amount_minor for other in earlier))
    record_event(session, deal, "refund.returning", number=refund.number, amount=refund.amount(deal.currency).amount)
    await session.flush()
    return refund


async def _plan_steps(
    session: AsyncSession, deal: Deal, payments: Sequence[Payment], refund: Refund, refunded_minor: int
) -> None:
    released = sorted(
        (payment for payment in payments if payment.decision == Decision.RELEASE),
        key=lambda payment: payment.before_minor or 0,
    )
    paid = [
        (payment, taken, piece)
        for payment in released
        for taken, piece in pieces(
            payment.before_minor or 0, payment.amount_minor, payment.undisputed_minor, payment.kept_minor or 0
        )
    ]
    spread = shares([piece for _, _, piece in paid], refunded_minor, refund.amount_minor, deal.commission_bp)
    for position, share in enumerate(reversed(spread), start=1):
        payment, taken, _ = paid[share.position]
        paid_out = {step.name: step for step in await steps_of(session, payment.id)}
        number = 1 + len(await clawback_steps(session, payment.id))
        credit = paid_out.get(taken)
        account = credit.account if credit is not None and credit.state == StepState.DONE else None
        plan(
            session,
            payment,
            position,
            Step.REFUND,
            share.amount_minor,
            account,
            number,
            refund.id,
            0 if taken is Taken.KEPT else share.commission_minor,  # which was taken of what is paid out alone
            taken,
        )
        await session.flush()  # the next one may be of the same payment: it is counted


async def refused_clawbacks(session: AsyncSession, payment_id: UUID) -> list[StepRow]:
    """The steps of refunds of a payment that a bank has refused, and that were not planned again."""
    newest: dict[tuple[UUID | None, int], StepRow] = {}
    for step in await clawback_steps(session, payment_id):
        newest[step.refund_id, step.position] = step
    return [step for step in newest.values() if step.state == StepState.REFUSED]


async def plan_again(session: AsyncSession, payment: Payment, refused: StepRow) -> None:
    """Plans a step of a refund that the bank finally refused again, under a new number."""
    number = 1 + len(await clawback_steps(session, payment.id))
    plan(
        session,
        payment,
        refused.position,
        Step.REFUND,
        refused.amount_minor,
        refused.account,
        number,
        refused.refund_id,
        refused.commission_minor,
        refused.taken,
    )
    await session.flush()


async def refunds_of(session: AsyncSession, deal_id: UUID) -> list[Refund]:
    """The refunds of a deal in the order of their numbers."""
    return list(await session.scalars(select(Refund).where(Refund.deal_id == deal_id).order_by(Refund.number)))


async def refunds_of_deals(session: AsyncSession, deal_ids: Sequence[UUID]) -> dict[UUID, list[Refund]]:
    """The refunds of several deals by deal; a deal without any is absent."""
    found: dict[UUID, list[Refund]] = {}
    for refund in await session.scalars(select(Refund).where(Refund.deal_id.in_(deal_ids)).order_by(Refund.number)):
        found.setdefault(refund.deal_id, []).append(refund)
    return found


async def refund_of(
    session: AsyncSession, marketplace_id: UUID | None, refund_id: UUID, *, party: UUID | None = None
) -> Refund:
    """The marketplace's refund (any for None, an operator); `NotFound` unknown_refund otherwise.

    With `party` only one of a deal in which this user buys or sells.
    """
    query = select(Refund).join(Deal, Deal.id == Refund.deal_id).where(Refund.id == refund_id)
    if party is not None:
        query = query.where(or_(Deal.buyer_id == party, Deal.seller_id == party))
    if marketplace_id is not None:
        query = query.where(Deal.marketplace_id == marketplace_id)
    refund = await session.scalar(query)
    if refund is None:
        raise NotFound("unknown_refund", "There is no such refund.")
    return refund


async def lock_refund(session: AsyncSession, refund_id: UUID) -> Refund:
    """Locks the refund's row and returns its current values; lock the deal first."""
    query = select(Refund).where(Refund.id == refund_id).with_for_update(key_share=True)
    return (await session.scalars(query.execution_options(populate_existing=True))).one()


async def steps_of_refund(session: AsyncSession, refund_id: UUID) -> list[StepRow]:
    """The steps of a refund in order of execution."""
    query = select(StepRow).where(StepRow.refund_id == refund_id)
    return list(await session.scalars(query.order_by(StepRow.position, StepRow.number)))


async def steps_by_refund(session: AsyncSession, refunds: Collection[Refund]) -> dict[UUID, list[StepRow]]:
    """The steps of each of these refunds, as `steps_of_refund`."""
    query = select(StepRow).where(StepRow.refund_id.in_([refund.id for refund in refunds]))
    found: dict[UUID, list[StepRow]] = {refund.id: [] for refund in refunds}
    for step in await session.scalars(query.order_by(StepRow.position, StepRow.number)):
        assert step.refund_id is not None
        found[step.refund_id].append(step)
    return found


def newest_steps(steps: Sequence[StepRow]) -> list[StepRow]:
    """The newest number of each step of a refund, in order; earlier ones were finally refused."""
    newest = {step.position: step for step in steps}
    return [newest[position] for position in sorted(newest)]


def to_be_compared(deal: Deal, refund: Refund, refunds: Collection[Refund]) -> bool:
    """Whether books and banks of the ended deal must be compared after it, now that none of its `refunds` moves."""
    return deal.final_at is not None and refund.compared_at is None and all(map(is_final, refunds))


def retry_of(steps: Sequence[StepRow]) -> datetime | None:
    """When the first of these newest steps that were finally refused is retried; None when none is."""
    refused = [step.resolved_at for step in steps if worth_another_try(step) and step.resolved_at]
    return min(refused) + TRY_AGAIN_AFTER if refused else None


def refusal_of(steps: Sequence[StepRow]) -> str | None:
    """Why a refund with these newest steps is stuck; the payer's closed account first, which only people can solve."""
    codes = [step.refused_code for step in steps if step.state == StepState.REFUSED]
    return PAYER_CLOSED if PAYER_CLOSED in codes else next(iter(codes), None)


def worth_another_try(step: StepRow) -> bool:
    """Whether a step was finally refused for a reason that may pass by itself."""
    return step.state == StepState.REFUSED and step.refused_code != PAYER_CLOSED


def end_refund(session: AsyncSession, deal: Deal, refund: Refund) -> None:
    """Ends a locked refund whose money has all gone back."""
    refund.state = RefundState.REFUNDED
    refund.final_at = func.clock_timestamp()
    record_event(session, deal, "refund.refunded", number=refund.number)


def is_final(refund: Refund) -> bool:
    return RefundState(refund.state) in FINAL


async def refunds_were_compared(session: AsyncSession, deal_id: UUID) -> None:
    """Records that the locked deal's statement balances with every refund that has ended."""
    ended = Refund.deal_id == deal_id, Refund.final_at.is_not(None), Refund.compared_at.is_(None)
    await session.execute(update(Refund).where(*ended).values(compared_at=func.clock_timestamp()))


async def refund_of_key(session: AsyncSession, bank_key: str) -> UUID | None:
    """The refund that a key at a bank belongs to; None for any other key."""
    if not is_clawback_key(bank_key):
        return None
    return await session.scalar(select(StepRow.refund_id).where(StepRow.key == bank_key))
