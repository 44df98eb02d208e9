from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.fields import Id, Moment, MoneyOut
from api.offers.schemas import percent
from domain.deals import DealState
from domain.money import Money
from domain.payments import COMMITTED
from edge.wire import Wire, utc, utc_or_none
from store.deals import Deal
from store.events import Event
from store.payments import Payment, Quote
from store.verdicts import COUNTED


class DealIn(Wire):
    offer_id: Id
    buyer_id: Id


class DealOut(Wire):
    """A deal as marketplaces see it."""

    id: str
    offer_id: str
    buyer_id: str
    seller_id: str
    state: DealState
    verdict: Literal["funded", "not_funded"] | None
    price: MoneyOut
    paid: MoneyOut
    """Held for the seller or paid to him."""
    left: MoneyOut
    """The price less what is paid and what open payments have reserved."""
    pay_by: Moment
    """A code submitted at this instant is still in time."""
    created_at: Moment
    closed_at: Moment | None
    closed_reason: Literal["deadline", "cancelled"] | None
    verdict_at: Moment | None
    final_at: Moment | None
    flagged_at: Moment | None
    """Since when a bank's answer has been awaited for too long."""
    payments: list[str]


class DealNowOut(DealOut):
    now: Moment
    """The clock that decides about deadlines, for callers whose own is wrong."""


class OperatorDealOut(DealNowOut):
    """A deal as operators see it."""

    marketplace_id: str
    commission_percent: Annotated[str, Field(examples=["5.00"])]


class DealsOut(Wire):
    items: list[DealOut]
    next: str | None


class QuoteOut(Wire):
    """What a payer would pay: `amount` reaches the deal, `fee` is his bank's, `total` leaves his account."""

    amount: MoneyOut
    fee: MoneyOut
    total: MoneyOut
    left: MoneyOut

    @classmethod
    def of(cls, quote: Quote) -> QuoteOut:
        return cls(
            amount=MoneyOut.of(quote.amount),
            fee=MoneyOut.of(quote.fee),
            total=MoneyOut.of(quote.total),
            left=MoneyOut.of(quote.left),
        )


class EventOut(Wire):
    """Something that happened to a deal, or to one of its payments."""

    at: Moment
    type: str
    payment_id: str | None


class OperatorEventOut(EventOut):
    number: int
    data: dict[str, object]


class EventsOut(Wire):
    items: list[OperatorEventOut | EventOut]
    next: int | None


def deal_out(deal: Deal, payments: Sequence[Payment]) -> DealOut:
    return DealOut.model_validate(_fields(deal, payments))


def deal_now_out(deal: Deal, payments: Sequence[Payment], now: datetime, *, for_operator: bool) -> DealNowOut:
    fields = _fields(deal, payments) | {"now": utc(now)}
    if not for_operator:
        return DealNowOut.model_validate(fields)
    fields |= {"marketplace_id": str(deal.marketplace_id), "commission_percent": percent(deal.commission_bp)}
    return OperatorDealOut.model_validate(fields)


def event_out(event: Event, *, for_operator: bool) -> EventOut:
    at, payment_id = utc(event.created_at), str(event.payment_id) if event.payment_id else None
    if not for_operator:
        return EventOut(at=at, type=event.type, payment_id=payment_id)
    return OperatorEventOut(at=at, type=event.type, payment_id=payment_id, number=event.number, data=event.data)


def _fields(deal: Deal, payments: Sequence[Payment]) -> dict[str, object]:
    paid_minor = sum(payment.amount_minor for payment in payments if payment.state in COUNTED)
    committed_minor = sum(payment.amount_minor for payment in payments if payment.state in COMMITTED)
    return {
        "id": str(deal.id),
        "offer_id": str(deal.offer_id),
        "buyer_id": str(deal.buyer_id),
        "seller_id": str(deal.seller_id),
        "state": DealState(deal.state),
        "verdict": deal.verdict,
        "price": MoneyOut.of(deal.price),
        "paid": MoneyOut.of(Money(paid_minor, deal.currency)),
        "left": MoneyOut.of(Money(deal.price_minor - committed_minor, deal.currency)),
        "pay_by": utc(deal.pay_by),
        "created_at": utc(deal.created_at),
        "closed_at": utc_or_none(deal.closed_at),
        "closed_reason": deal.closed_reason,
        "verdict_at": utc_or_none(deal.verdict_at),
        "final_at": utc_or_none(deal.final_at),
        "flagged_at": utc_or_none(deal.flagged_at),
        "payments": [str(payment.id) for payment in payments],
    }
