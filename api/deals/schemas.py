from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.fields import Id, Moment, MoneyIn, MoneyOut, OfferVersion, PageOut
from api.offers.schemas import TermsOut
from domain.agreements import Subject
from domain.deals import DealState
from domain.money import Money
from domain.payments import COMMITTED
from domain.statuses import Setter
from domain.terms import Cause, FeeBearer, fee_words
from edge.wire import Wire, utc, utc_or_none
from fronts.percents import percent
from market.verdicts import COUNTED
from store.deals.agreements import Agreement
from store.deals.deals import Deal
from store.deals.disputes import Dispute
from store.payments.opening import Quote
from store.payments.payments import Payment
from store.payments.refunds import Refund


class DealIn(Wire):
    offer_id: Id
    buyer_id: Id
    expected_price: Annotated[
        MoneyIn | None,
        Field(description="What the buyer was shown; 409 `offer_changed` if the offer costs more or less."),
    ] = None
    offer_version: Annotated[
        OfferVersion | None,
        Field(description="The offer's `version` that the buyer was shown; 409 `offer_changed` if it is another now."),
    ] = None


class DealStatusOut(Wire):
    """What was last said about a deal's progress; `GET /statuses` has the names."""

    status: Annotated[str, Field(examples=["packed"])]
    by: Setter
    at: Moment


class DealOut(Wire):
    """A deal as marketplaces see it."""

    id: str
    offer_id: str | None
    """None for a service deal, which its buyer proposed."""
    contract_id: str | None
    """The contract of which this is a milestone, if it is one."""
    milestone: int | None
    """Its number in the contract, from 1."""
    buyer_id: str
    seller_id: str
    title: str
    """As it was when the deal began."""
    description: str
    state: DealState
    verdict: Literal["funded", "not_funded"] | None
    price: MoneyOut
    terms: TermsOut
    paid: MoneyOut
    """Held for the seller or paid out, refunds not counted."""
    refunded: MoneyOut
    """What went back, or is going back, of what the seller was paid."""
    left: MoneyOut
    """The price less what is paid and what open payments have reserved."""
    answer_by: Moment | None
    """Until when the seller may confirm or deny a service deal."""
    confirmed_at: Moment | None
    """When the seller confirmed a service deal."""
    from_wallet: bool
    """Whether a service deal takes what is left to pay from the buyer's wallet as soon as that has it."""
    pay_by: Moment | None
    """A code submitted at this instant is still in time. None before the seller has confirmed a service deal."""
    created_at: Moment
    closed_at: Moment | None
    closed_reason: Literal["deadline", "cancelled", "denied", "dispute"] | None
    verdict_at: Moment | None
    inspect_by: Moment | None
    """Until when the buyer may inspect the purchase; then the seller is paid."""
    accepted_at: Moment | None
    released_at: Moment | None
    """When the deal decided to pay the seller. Money that goes back after that is a refund."""
    final_at: Moment | None
    flagged_at: Moment | None
    """Since when an operator should look: a bank's answer has been missing for too long."""
    status: DealStatusOut | None
    """Set by a party or an operator. It describes the deal and decides nothing; `state` does."""
    payments: list[str]


class ProposalOut(Wire):
    """A proposal of one party that the other has not agreed to yet."""

    by: Literal["buyer", "seller"]
    at: Moment
    reason: str | None
    pay_by: Moment | None
    """The proposed deadline."""


class DisputeNowOut(Wire):
    """The open dispute of a deal."""

    id: str
    by: Literal["buyer", "seller"]
    at: Moment
    reason: str
    answer_by: Moment
    """Until when the other party can answer before a decision."""
    decide_by: Moment

    @classmethod
    def of(cls, dispute: Dispute) -> DisputeNowOut:
        return cls.model_validate(dispute_opened(dispute))


def dispute_opened(dispute: Dispute) -> dict[str, str]:
    return {
        "id": str(dispute.id),
        "by": dispute.opened_by,
        "at": utc(dispute.opened_at),
        "reason": dispute.reason,
        "answer_by": utc(dispute.answer_by),
        "decide_by": utc(dispute.decide_by),
    }


class DealNowOut(DealOut):
    now: Moment
    """The clock that decides about deadlines, for callers whose own is wrong."""
    cancellation: ProposalOut | None
    extension: ProposalOut | None
    dispute: DisputeNowOut | None
    """The open dispute: nothing is paid before it ends."""


class OperatorDealOut(DealNowOut):
    """A deal as operators see it."""

    marketplace_id: str
    commission_percent: Annotated[str, Field(examples=["5.00"])]


class DealsOut(PageOut[DealOut]):
    pass


class FeeRuleOut(Wire):
    """What happens to the bank's fee when released money goes back, and for which cause."""

    cause: Cause
    fee: FeeBearer
    words: str


class QuoteOut(Wire):
    """What a payer would pay: `amount` reaches the deal, `fee` is the payer's bank's, `total` leaves the account.

    What goes back before the seller is paid includes the fee; after that `on_refund` decides.
    """

    amount: MoneyOut
    fee: MoneyOut
    total: MoneyOut
    left: MoneyOut
    minimum_applies: bool
    """The fee is the bank's minimum: it is charged again for each part."""
    on_refund: list[FeeRuleOut]

    @classmethod
    def of(cls, quote: Quote, deal: Deal) -> QuoteOut:
        return cls(
            amount=MoneyOut.of(quote.amount),
            fee=MoneyOut.of(quote.fee),
            total=MoneyOut.of(quote.total),
            left=MoneyOut.of(quote.left),
            minimum_applies=quote.minimum_applies,
            on_refund=[_fee_rule(deal, cause) for cause in Cause],
        )


def _fee_rule(deal: Deal, cause: Cause) -> FeeRuleOut:
    bearer = deal.terms.fees.bearer(cause)
    return FeeRuleOut(cause=cause, fee=bearer, words=fee_words(cause, bearer))


def deal_out(deal: Deal, payments: Sequence[Payment], refunds: Sequence[Refund]) -> DealOut:
    return DealOut.model_validate(_fields(deal, payments, refunds))


def deal_now_out(
    deal: Deal,
    payments: Sequence[Payment],
    refunds: Sequence[Refund],
    proposals: Mapping[Subject, Agreement],
    now: datetime,
    *,
    dispute: Dispute | None = None,
    for_operator: bool,
) -> DealNowOut:
    """The deal with its open proposals, by subject, and its open dispute."""
    fields = _fields(deal, payments, refunds) | {"now": utc(now)}
    fields["dispute"] = None if dispute is None else DisputeNowOut.of(dispute)
    for subject in Subject:
        fields[subject] = _proposal(proposals.get(subject))
    if not for_operator:
        return DealNowOut.model_validate(fields)
    fields |= {"marketplace_id": str(deal.marketplace_id), "commission_percent": percent(deal.commission_bp)}
    return OperatorDealOut.model_validate(fields)


def _proposal(agreement: Agreement | None) -> ProposalOut | None:
    if agreement is None:
        return None
    return ProposalOut.model_validate(
        {
            "by": agreement.proposed_by,
            "at": utc(agreement.proposed_at),
            "reason": agreement.reason,
            "pay_by": utc_or_none(agreement.pay_by),
        }
    )


def _status(deal: Deal) -> DealStatusOut | None:
    if deal.status is None or deal.status_at is None:
        return None
    return DealStatusOut(status=deal.status, by=Setter(str(deal.status_by)), at=utc(deal.status_at))


def _fields(deal: Deal, payments: Sequence[Payment], refunds: Sequence[Refund]) -> dict[str, object]:
    refunded_minor = sum(refund.amount_minor for refund in refunds)
    paid_minor = sum(payment.amount_minor for payment in payments if payment.state in COUNTED)
    committed_minor = sum(payment.amount_minor for payment in payments if payment.state in COMMITTED)
    return {
        "id": str(deal.id),
        "offer_id": None if deal.offer_id is None else str(deal.offer_id),
        "contract_id": None if deal.contract_id is None else str(deal.contract_id),
        "milestone": deal.milestone,
        "buyer_id": str(deal.buyer_id),
        "seller_id": str(deal.seller_id),
        "title": deal.title,
        "description": deal.description,
        "state": DealState(deal.state),
        "verdict": deal.verdict,
        "price": MoneyOut.of(deal.price),
        "terms": TermsOut.of(deal.terms),
        "refunded": MoneyOut.of(Money(refunded_minor, deal.currency)),
        "paid": MoneyOut.of(Money(paid_minor, deal.currency)),
        "left": MoneyOut.of(Money(deal.price_minor - committed_minor, deal.currency)),
        "answer_by": utc_or_none(deal.answer_by),
        "confirmed_at": utc_or_none(deal.confirmed_at),
        "from_wallet": deal.from_wallet,
        "pay_by": utc(deal.pay_by) if deal.confirmed else None,
        "created_at": utc(deal.created_at),
        "closed_at": utc_or_none(deal.closed_at),
        "closed_reason": deal.closed_reason,
        "verdict_at": utc_or_none(deal.verdict_at),
        "inspect_by": utc_or_none(deal.inspect_by),
        "accepted_at": utc_or_none(deal.accepted_at),
        "released_at": utc_or_none(deal.released_at),
        "final_at": utc_or_none(deal.final_at),
        "flagged_at": utc_or_none(deal.flagged_at),
        "status": _status(deal),
        "payments": [str(payment.id) for payment in payments],
    }
