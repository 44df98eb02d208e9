from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import Field

from api.fields import Id, Moment, MoneyIn, MoneyOut, PageOut
from api.wallets.schemas import Details
from domain.money import Money
from edge.wire import Wire, utc, utc_or_none
from store.wallets.holds import Hold

MAX_EXPIRES_IN_S: Final = 366 * 24 * 3600


class HoldIn(Wire):
    from_wallet_id: Id
    to_wallet_id: Id
    amount: MoneyIn
    details: Details = ""
    expires_in_s: Annotated[
        int, Field(ge=1, le=MAX_EXPIRES_IN_S, description="Seconds for which it can be captured; then it is freed.")
    ]

    @property
    def expires_in(self) -> timedelta:
        return timedelta(seconds=self.expires_in_s)


class CaptureIn(Wire):
    amount: Annotated[MoneyIn | None, Field(description="If absent, all that is held. The rest is freed.")] = None


class HoldOut(Wire):
    hold_id: str
    from_wallet_id: str
    to_wallet_id: str
    state: Literal["open", "captured", "voided", "expired"]
    amount: MoneyOut
    captured: MoneyOut | None
    details: str
    expires_at: Moment
    created_at: Moment
    ended_at: Moment | None

    @classmethod
    def of(cls, hold: Hold) -> HoldOut:
        captured = None if hold.captured_minor is None else Money(hold.captured_minor, hold.currency)
        return cls.model_validate(
            {
                "hold_id": str(hold.id),
                "from_wallet_id": str(hold.from_wallet_id),
                "to_wallet_id": str(hold.to_wallet_id),
                "state": hold.state,
                "amount": MoneyOut.of(hold.amount),
                "captured": None if captured is None else MoneyOut.of(captured),
                "details": hold.details,
                "expires_at": utc(hold.expires_at),
                "created_at": utc(hold.created_at),
                "ended_at": utc_or_none(hold.ended_at),
            }
        )


class HoldsOut(PageOut[HoldOut]):
    pass
