from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.payment_request_out_state import PaymentRequestOutState

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="PaymentRequestOut")


@_attrs_define
class PaymentRequestOut:
    """`operation_id` is that of the transfer, once the payer has confirmed.

    Attributes:
        request_id (str):
        to_wallet_id (str):
        from_wallet_id (str):
        state (PaymentRequestOutState):
        amount (MoneyOut):
        details (str):
        operation_id (None | str):
        expires_at (datetime.datetime): RFC 3339, UTC.
        created_at (datetime.datetime): RFC 3339, UTC.
        ended_at (datetime.datetime | None):
    """

    request_id: str
    to_wallet_id: str
    from_wallet_id: str
    state: PaymentRequestOutState
    amount: MoneyOut
    details: str
    operation_id: None | str
    expires_at: datetime.datetime
    created_at: datetime.datetime
    ended_at: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        request_id = self.request_id

        to_wallet_id = self.to_wallet_id

        from_wallet_id = self.from_wallet_id

        state = self.state.value

        amount = self.amount.to_dict()

        details = self.details

        operation_id: None | str
        operation_id = self.operation_id

        expires_at = self.expires_at.isoformat()

        created_at = self.created_at.isoformat()

        ended_at: None | str
        if isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "request_id": request_id,
                "to_wallet_id": to_wallet_id,
                "from_wallet_id": from_wallet_id,
                "state": state,
                "amount": amount,
                "details": details,
                "operation_id": operation_id,
                "expires_at": expires_at,
                "created_at": created_at,
                "ended_at": ended_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        request_id = d.pop("request_id")

        to_wallet_id = d.pop("to_wallet_id")

        from_wallet_id = d.pop("from_wallet_id")

        state = PaymentRequestOutState(d.pop("state"))

        amount = MoneyOut.from_dict(d.pop("amount"))

        details = d.pop("details")

        def _parse_operation_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        operation_id = _parse_operation_id(d.pop("operation_id"))

        expires_at = datetime.datetime.fromisoformat(d.pop("expires_at"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_ended_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ended_at_type_0 = datetime.datetime.fromisoformat(data)

                return ended_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ended_at = _parse_ended_at(d.pop("ended_at"))

        payment_request_out = cls(
            request_id=request_id,
            to_wallet_id=to_wallet_id,
            from_wallet_id=from_wallet_id,
            state=state,
            amount=amount,
            details=details,
            operation_id=operation_id,
            expires_at=expires_at,
            created_at=created_at,
            ended_at=ended_at,
        )

        return payment_request_out
