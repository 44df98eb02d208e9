from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.gateway_id import GatewayId
from ..models.incoming_state import IncomingState

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="IncomingTransferOut")


@_attrs_define
class IncomingTransferOut:
    """
    Attributes:
        id (str):
        gateway (GatewayId):
        external_id (str):
        amount (MoneyOut):
        state (IncomingState):
        valued_at (datetime.datetime): RFC 3339, UTC.
        seen_at (datetime.datetime): RFC 3339, UTC.
        sender (str):
        details (str):
        top_up_id (None | str):
        wallet_id (None | str):
    """

    id: str
    gateway: GatewayId
    external_id: str
    amount: MoneyOut
    state: IncomingState
    valued_at: datetime.datetime
    seen_at: datetime.datetime
    sender: str
    details: str
    top_up_id: None | str
    wallet_id: None | str

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        gateway = self.gateway.value

        external_id = self.external_id

        amount = self.amount.to_dict()

        state = self.state.value

        valued_at = self.valued_at.isoformat()

        seen_at = self.seen_at.isoformat()

        sender = self.sender

        details = self.details

        top_up_id: None | str
        top_up_id = self.top_up_id

        wallet_id: None | str
        wallet_id = self.wallet_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "gateway": gateway,
                "external_id": external_id,
                "amount": amount,
                "state": state,
                "valued_at": valued_at,
                "seen_at": seen_at,
                "sender": sender,
                "details": details,
                "top_up_id": top_up_id,
                "wallet_id": wallet_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        id = d.pop("id")

        gateway = GatewayId(d.pop("gateway"))

        external_id = d.pop("external_id")

        amount = MoneyOut.from_dict(d.pop("amount"))

        state = IncomingState(d.pop("state"))

        valued_at = datetime.datetime.fromisoformat(d.pop("valued_at"))

        seen_at = datetime.datetime.fromisoformat(d.pop("seen_at"))

        sender = d.pop("sender")

        details = d.pop("details")

        def _parse_top_up_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        top_up_id = _parse_top_up_id(d.pop("top_up_id"))

        def _parse_wallet_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        wallet_id = _parse_wallet_id(d.pop("wallet_id"))

        incoming_transfer_out = cls(
            id=id,
            gateway=gateway,
            external_id=external_id,
            amount=amount,
            state=state,
            valued_at=valued_at,
            seen_at=seen_at,
            sender=sender,
            details=details,
            top_up_id=top_up_id,
            wallet_id=wallet_id,
        )

        return incoming_transfer_out
