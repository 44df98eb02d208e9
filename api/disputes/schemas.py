from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.fields import Moment, MoneyOut, PartyIn
from edge.wire import Said, Wire, utc
from store.agreements import Agreement
from store.deals import Deal


class DisputeIn(PartyIn):
    reason: Annotated[Said, Field(min_length=1, max_length=500)]


class OpenDisputeOut(Wire):
    """What waits for an operator's decision: an override `release`, `refund` or `split` of the deal."""

    deal_id: str
    marketplace_id: str
    title: str
    price: MoneyOut
    buyer_id: str
    seller_id: str
    reason: str | None
    since: Moment

    @classmethod
    def of(cls, dispute: Agreement, deal: Deal) -> OpenDisputeOut:
        return cls(
            deal_id=str(deal.id),
            marketplace_id=str(deal.marketplace_id),
            title=deal.title,
            price=MoneyOut.of(deal.price),
            buyer_id=str(deal.buyer_id),
            seller_id=str(deal.seller_id),
            reason=dispute.reason,
            since=utc(dispute.proposed_at),
        )


class OpenDisputesOut(Wire):
    items: list[OpenDisputeOut]
    next: str | None
