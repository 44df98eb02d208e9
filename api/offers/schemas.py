from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.fields import Id, Moment, MoneyIn, MoneyOut, Name, OfferVersion, PageOut
from domain.limits import MAX_DESCRIPTION, MAX_PAY_WITHIN_S, MAX_REASON
from domain.terms import (
    MAX_INSPECTION_S,
    FeeBearer,
    FeePolicy,
    Release,
    Settlement,
    Terms,
    agree_terms,
)
from edge.wire import CleanText, Wire, utc
from fronts.percents import basis_points_of, percent
from store.deals.offers import MAX_QUANTITY, Offer

Reason = Annotated[CleanText, Field(min_length=1, max_length=MAX_REASON)]


class FeesIn(Wire):
    """By cause, whether the payer bears the bank's fee when released money goes back."""

    deadline: Literal["returned", "payer"] = "returned"
    buyer: Literal["returned", "payer"] = "payer"
    seller: Literal["returned", "payer"] = "returned"
    dispute: Literal["returned", "payer"] = "returned"


class TermsIn(Wire):
    """What a deal about this offer is bound to, even if the offer changes later."""

    settlement: Annotated[
        Literal["hold", "immediate"],
        Field(description="`hold`: payments are held until the price is reached; `immediate`: each is paid out."),
    ] = "hold"
    release: Annotated[
        Literal["on_funding", "on_acceptance"],
        Field(
            description="`on_acceptance` (with `hold`): the seller is paid on acceptance or when the inspection ends."
        ),
    ] = "on_funding"
    inspection_s: Annotated[
        int | None,
        Field(ge=1, le=MAX_INSPECTION_S, description="Seconds to inspect; only with `on_acceptance`, else a week."),
    ] = None
    fees: FeesIn = FeesIn()

    def terms(self) -> Terms:
        """Raises `Malformed` terms_conflict."""
        fees = FeePolicy(**{cause: FeeBearer(bearer) for cause, bearer in self.fees.model_dump().items()})
        return agree_terms(Settlement(self.settlement), Release(self.release), self.inspection_s, fees)


class FeesOut(Wire):
    deadline: FeeBearer
    buyer: FeeBearer
    seller: FeeBearer
    dispute: FeeBearer


class TermsOut(Wire):
    settlement: Settlement
    release: Release
    inspection_s: int | None
    fees: FeesOut

    @classmethod
    def of(cls, terms: Terms) -> TermsOut:
        fees = terms.fees
        return cls(
            settlement=terms.settlement,
            release=terms.release,
            inspection_s=terms.inspection_s,
            fees=FeesOut(deadline=fees.deadline, buyer=fees.buyer, seller=fees.seller, dispute=fees.dispute),
        )


class OfferIn(Wire):
    seller_id: Id
    title: Name
    description: Annotated[CleanText, Field(max_length=MAX_DESCRIPTION)]
    price: MoneyIn
    pay_within_s: Annotated[
        int, Field(ge=1, le=MAX_PAY_WITHIN_S, description="Seconds from the purchase to its payment deadline.")
    ]
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)] = 1
    terms: TermsIn = TermsIn()


class OnSaleIn(Wire):
    on_sale: Annotated[bool, Field(description="False takes the offer off sale, true puts it back.")]


class ModerationIn(Wire):
    approve: bool
    commission_percent: Annotated[
        CleanText | None,
        Field(
            examples=["5.00"], description="At most two decimals, at most 50. The default of the platform when absent."
        ),
    ] = None

    reason: Annotated[Reason | None, Field(description="Of a rejection; it is mailed to the seller.")] = None
    version: Annotated[
        OfferVersion | None, Field(description="Which version was looked at; 409 `offer_changed` if it is another now.")
    ] = None

    def commission_bp(self) -> int | None:
        """In basis points (1 % = 100); raises `Malformed` bad_percent."""
        if self.commission_percent is None:
            return None
        return basis_points_of(self.commission_percent, "commission_percent")


class OfferOut(Wire):
    """An offer as marketplaces see it: without the platform's commission."""

    id: str
    seller_id: str
    title: str
    description: str
    price: MoneyOut
    pay_within_s: int
    quantity: int
    """Units that can still be bought."""
    terms: TermsOut
    state: Literal["pending", "approved", "rejected"]
    rejection_reason: str | None
    on_sale: bool
    """False while the seller has taken it off sale."""
    version: int
    """Grows with each change of texts, price or time to pay; not with the quantity."""
    created_at: Moment


class OperatorOfferOut(OfferOut):
    """An offer as operators see it."""

    marketplace_id: str
    commission_percent: Annotated[str, Field(examples=["5.00"])]


class OffersOut(PageOut[OperatorOfferOut | OfferOut]):
    pass


def offer_out(offer: Offer, *, for_operator: bool) -> OfferOut:
    fields: dict[str, object] = {
        "id": str(offer.id),
        "seller_id": str(offer.seller_id),
        "title": offer.title,
        "description": offer.description,
        "price": MoneyOut.of(offer.price),
        "pay_within_s": offer.pay_within_s,
        "quantity": offer.quantity,
        "terms": TermsOut.of(offer.terms),
        "state": offer.state,
        "rejection_reason": offer.rejection_reason,
        "on_sale": offer.on_sale,
        "version": offer.version,
        "created_at": utc(offer.created_at),
    }
    if not for_operator:
        return OfferOut.model_validate(fields)
    fields |= {
        "marketplace_id": str(offer.marketplace_id),
        "commission_percent": percent(offer.commission_bp),
    }
    return OperatorOfferOut.model_validate(fields)
