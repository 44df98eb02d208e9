from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import Field

from api.fields import Id, Moment, MoneyIn, MoneyOut, Name
from domain.errors import Malformed
from edge.wire import CleanText, Wire, utc
from store.offers import MAX_COMMISSION_BP, Offer

MAX_PAY_WITHIN_S: Final = 366 * 24 * 3600
MAX_QUANTITY: Final = 1_000_000
_PERCENT: Final = re.compile(r"(0|[1-9][0-9]?)(?:\.([0-9]{1,2}))?", re.ASCII)


class OfferIn(Wire):
    seller_id: Id
    title: Name
    description: Annotated[CleanText, Field(max_length=10_000)]
    price: MoneyIn
    pay_within_s: Annotated[
        int, Field(ge=1, le=MAX_PAY_WITHIN_S, description="Seconds from the purchase to its payment deadline.")
    ]
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)] = 1


class ModerationIn(Wire):
    approve: bool
    commission_percent: Annotated[
        CleanText | None,
        Field(examples=["5.00"], description="At most two decimals, at most 50. The default of the house when absent."),
    ] = None

    def commission_bp(self) -> int | None:
        """In basis points (1 % = 100); raises `Malformed` bad_percent."""
        if self.commission_percent is None:
            return None
        match = _PERCENT.fullmatch(self.commission_percent)
        basis_points = int(match[1] + (match[2] or "").ljust(2, "0")) if match else MAX_COMMISSION_BP + 1
        if basis_points > MAX_COMMISSION_BP:
            raise Malformed("bad_percent", 'A percent looks like "5.00" and is at most 50.', "commission_percent")
        return basis_points


class OfferOut(Wire):
    """An offer as marketplaces see it: without the operator's commission."""

    id: str
    seller_id: str
    title: str
    description: str
    price: MoneyOut
    pay_within_s: int
    quantity: int
    """Units that can still be bought."""
    state: Literal["pending", "approved", "rejected"]
    created_at: Moment


class OperatorOfferOut(OfferOut):
    """An offer as operators see it."""

    marketplace_id: str
    commission_percent: Annotated[str, Field(examples=["5.00"])]


class OffersOut(Wire):
    items: list[OperatorOfferOut | OfferOut]
    next: str | None


def percent(basis_points: int) -> str:
    return f"{basis_points // 100}.{basis_points % 100:02}"


def offer_out(offer: Offer, *, for_operator: bool) -> OfferOut:
    fields: dict[str, object] = {
        "id": str(offer.id),
        "seller_id": str(offer.seller_id),
        "title": offer.title,
        "description": offer.description,
        "price": MoneyOut.of(offer.price),
        "pay_within_s": offer.pay_within_s,
        "quantity": offer.quantity,
        "state": offer.state,
        "created_at": utc(offer.created_at),
    }
    if not for_operator:
        return OfferOut.model_validate(fields)
    fields |= {
        "marketplace_id": str(offer.marketplace_id),
        "commission_percent": percent(offer.commission_bp),
    }
    return OperatorOfferOut.model_validate(fields)
