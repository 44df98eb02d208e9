"""A seller's money line by line: paid out, in progress, payable to the seller, owed by the seller.

Payouts are the amounts that reached the seller's account; before a release they are the buyers' amounts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, not_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from domain.deals import DealState
from domain.money import Money
from domain.payments import CREDITS, PaymentState, Step, StepState, Taken
from store.base import inline
from store.deals.deals import Deal
from store.payments.payments import Payment
from store.payments.steps import StepRow

MAX_LINES = 200  # fits a page that people still read; older lines are in their deals


@dataclass(frozen=True, slots=True)
class Line:
    """One movement of one deal. `at` is when it happened, or the latest time of the next one, or None."""

    deal_id: UUID
    title: str
    """Of the deal."""
    money: Money
    at: datetime | None
    account: str | None = None
    disputed: bool = False
    """Whether the deal is: then there is no latest time."""


@dataclass(frozen=True, slots=True)
class Earnings:
    paid_out: list[Line]
    next_releases: list[Line]
    """Held for the seller, or being paid out now."""
    owed: list[Line]
    """Refused by the seller's bank: the seller has to name another account."""
    clawed_back: list[Line]
    """Refunded to buyers out of what the seller had received."""
    debts: list[Line]
    """The part of that which the seller no longer had and the guarantee account paid: the seller's bank nets it from
    later money, and alone knows how much is still open.
    """


async def earnings_of(session: AsyncSession, seller_id: UUID) -> Earnings:
    """The newest `MAX_LINES` of each kind, newest first."""
    held = (PaymentState.HELD, PaymentState.RELEASING, PaymentState.KEPT)
    return Earnings(
        paid_out=await _steps(session, seller_id, CREDITS, StepState.DONE),
        next_releases=await _payments(session, seller_id, held),
        owed=await _owed(session, seller_id),
        clawed_back=await _steps(session, seller_id, (Step.REFUND,), StepState.DONE),
        debts=await _debts(session, seller_id),
    )


async def _debts(session: AsyncSession, seller_id: UUID) -> list[Line]:
    query = (
        select(StepRow, Deal)
        .join(Payment, Payment.id == StepRow.payment_id)
        .join(Deal, Deal.id == Payment.deal_id)
        .where(Deal.seller_id == seller_id, StepRow.name == Step.REFUND, StepRow.from_guarantee_minor > 0)
        .order_by(StepRow.resolved_at.desc())
        .limit(MAX_LINES)
    )
    return [
        Line(deal.id, deal.title, Money(step.from_guarantee_minor or 0, deal.currency), step.resolved_at, step.account)
        for step, deal in await session.execute(query)
    ]


async def _steps(session: AsyncSession, seller_id: UUID, names: tuple[Step, ...], state: StepState) -> list[Line]:
    query = (
        select(StepRow, Deal)
        .join(Payment, Payment.id == StepRow.payment_id)
        .join(Deal, Deal.id == Payment.deal_id)
        .where(Deal.seller_id == seller_id, StepRow.name.in_(names), StepRow.state == state)
        .where(StepRow.taken.is_distinct_from(Taken.KEPT))  # what was kept never came to the seller
        .order_by(StepRow.resolved_at.desc())
        .limit(MAX_LINES)
    )
    return [
        Line(deal.id, deal.title, Money(_sellers_minor(step), deal.currency), step.resolved_at, step.account)
        for step, deal in await session.execute(query)
    ]


def _sellers_minor(step: StepRow) -> int:
    """Without the platform's part of a clawback."""
    return step.amount_minor - (step.commission_minor or 0)


def _to_come(payment: Payment) -> Money:
    """The amount, less the undisputed part that has been paid out."""
    paid_minor = payment.undisputed_minor or 0 if payment.state == PaymentState.KEPT else 0
    return Money(payment.amount_minor - paid_minor, payment.currency)


async def _payments(session: AsyncSession, seller_id: UUID, states: tuple[PaymentState, ...]) -> list[Line]:
    query = (
        select(Payment, Deal)
        .join(Deal, Deal.id == Payment.deal_id)
        .where(Deal.seller_id == seller_id, Payment.state.in_(states))
        .order_by(Payment.id.desc())
        .limit(MAX_LINES)
    )
    return [_line_to_come(payment, deal) for payment, deal in await session.execute(query)]


def _line_to_come(payment: Payment, deal: Deal) -> Line:
    disputed = deal.state == DealState.DISPUTED
    at = None if disputed else deal.inspect_by or deal.pay_by
    return Line(deal.id, deal.title, _to_come(payment), at, disputed=disputed)


_later = aliased(StepRow)
_named_again = (
    exists()
    .where(_later.payment_id == StepRow.payment_id, _later.name == StepRow.name, _later.number > StepRow.number)
    .correlate(StepRow)
)


async def _owed(session: AsyncSession, seller_id: UUID) -> list[Line]:
    query = (
        select(StepRow, Deal)
        .join(Payment, Payment.id == StepRow.payment_id)
        .join(Deal, Deal.id == Payment.deal_id)
        .where(
            Deal.seller_id == seller_id,
            Payment.state == inline(PaymentState.PAYABLE),
            StepRow.name.in_(CREDITS),
            StepRow.state == StepState.REFUSED,
            not_(_named_again),
        )
        .order_by(StepRow.payment_id, StepRow.name)
        .limit(MAX_LINES)
    )
    return [
        Line(deal.id, deal.title, Money(step.amount_minor, deal.currency), step.resolved_at, step.account)
        for step, deal in await session.execute(query)
    ]
