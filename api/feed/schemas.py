from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from api.accounts.schemas import AccountOut
from api.corrections.schemas import BookedCorrectionOut
from api.deals.schemas import DealNowOut
from api.deposits.schemas import DepositOut
from api.disputes.schemas import WholeDisputeOut
from api.fields import Moment
from api.holds.schemas import HoldOut
from api.offers.schemas import OfferOut
from api.payment_requests.schemas import PaymentRequestOut
from api.payments.schemas import PaymentOut
from api.refunds.schemas import RefundOut
from api.top_ups.schemas import AssignedTransferOut, TopUpOut
from api.transfers.schemas import TransferOut
from api.withdrawals.schemas import WithdrawalOut
from domain.feed import Noun
from edge.wire import Wire
from market.feed import shown_event
from store.operations.feed import FeedEvent

Shown = (
    DealNowOut
    | WholeDisputeOut
    | PaymentOut
    | RefundOut
    | OfferOut
    | TopUpOut
    | WithdrawalOut
    | PaymentRequestOut
    | HoldOut
    | BookedCorrectionOut
    | AssignedTransferOut
    | AccountOut
    | DepositOut
    | TransferOut
)


class FeedActorOut(Wire):
    """Whose request it was. `system`: it followed by itself, from a bank's answer or the end of a time."""

    type: Literal["user", "marketplace", "operator", "system"]
    id: str | None
    """Of the user or the marketplace."""


class FeedEventDataOut(Wire):
    """What the event is about, and the state in which it was then."""

    noun: Noun
    id: str
    state: str
    deal_id: str | None


class FeedEventOut(Wire):
    """Something that has happened. But for `object` it never changes, and is what a webhook says."""

    id: str
    type: Annotated[str, Field(examples=["deal.funded"])]
    api_version: Literal["1"]
    timestamp: Moment
    number: Annotated[int, Field(description="Its place in the feed: `after` of what follows.")]
    actor: FeedActorOut
    data: FeedEventDataOut
    object: Annotated[
        dict[str, object] | None, Field(description="As its own address shows it now; null unless it is asked for.")
    ]

    @classmethod
    def of(cls, event: FeedEvent, object_: Shown | None = None) -> FeedEventOut:
        fields = shown_event(event)
        made = {
            "actor": FeedActorOut.model_validate(fields.pop("actor")),
            "data": FeedEventDataOut.model_validate(fields.pop("data")),
        }
        return cls.model_validate(
            fields | made | {"object": None if object_ is None else object_.model_dump(mode="json")}
        )


class FeedOut(Wire):
    items: list[FeedEventOut]
    next: Annotated[int | None, Field(description="`after` of the next page, if there is more already.")]
