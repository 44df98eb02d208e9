from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from api.fields import Id, Moment, MoneyIn, MoneyOut, PageOut
from api.wallets.schemas import Details
from edge.wire import Wire, utc, utc_or_none
from store.wallets.payment_requests import PaymentRequest

MAX_EXPIRES_IN_S: Final = 366 * 24 * 3600


class PaymentRequestIn(Wire):
    to_wallet_id: Annotated[Id, Field(description="Of the payee, who asks.")]
    from_wallet_id: Annotated[Id, Field(description="Of the payer, who is asked.")]
    amount: MoneyIn
    details: Details = ""
    expires_in_s: Annotated[
        int, Field(ge=1, le=MAX_EXPIRES_IN_S, description="Seconds for which it can be confirmed.")
    ] = 7 * 24 * 3600

    @property
    def expires_in(self) -> timedelta:
        return timedelta(seconds=self.expires_in_s)


class PaymentRequestOut(Wire):
    """`operation_id` is that of the transfer, once the payer has confirmed."""

    request_id: str
    to_wallet_id: str
    from_wallet_id: str
    state: Literal["asked", "confirmed", "declined", "withdrawn", "expired"]
    amount: MoneyOut
    details: str
    operation_id: str | None
    expires_at: Moment
    created_at: Moment
    ended_at: Moment | None

    @classmethod
    def of(cls, request: PaymentRequest) -> PaymentRequestOut:
        return cls.model_validate(
            {
                "request_id": str(request.id),
                "to_wallet_id": str(request.payee_wallet_id),
                "from_wallet_id": str(request.payer_wallet_id),
                "state": request.state,
                "amount": MoneyOut.of(request.amount),
                "details": request.details,
                "operation_id": None if request.operation_id is None else str(request.operation_id),
                "expires_at": utc(request.expires_at),
                "created_at": utc(request.created_at),
                "ended_at": utc_or_none(request.final_at),
            }
        )


class PaymentRequestsOut(PageOut[PaymentRequestOut]):
    pass
