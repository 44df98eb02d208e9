from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.gateway_id import GatewayId
from ..models.top_up_state import TopUpState

if TYPE_CHECKING:
    from ..models.gateway_data_out import GatewayDataOut
    from ..models.incoming_out import IncomingOut
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="TopUpNowOut")


@_attrs_define
class TopUpNowOut:
    """With how to pay it (null once its gateway is switched off), and the newest 100 of what has arrived.

    Attributes:
        top_up_id (str):
        wallet_id (str):
        deal_id (None | str):
        gateway (GatewayId):
        state (TopUpState):
        amount (MoneyOut):
        received (MoneyOut):
        late (MoneyOut):
        seen (MoneyOut):
        pay_by (datetime.datetime): RFC 3339, UTC.
        created_at (datetime.datetime): RFC 3339, UTC.
        ended_at (datetime.datetime | None):
        gateway_data (GatewayDataOut | None):
        transfers (list[IncomingOut]):
    """

    top_up_id: str
    wallet_id: str
    deal_id: None | str
    gateway: GatewayId
    state: TopUpState
    amount: MoneyOut
    received: MoneyOut
    late: MoneyOut
    seen: MoneyOut
    pay_by: datetime.datetime
    created_at: datetime.datetime
    ended_at: datetime.datetime | None
    gateway_data: GatewayDataOut | None
    transfers: list[IncomingOut]

    def to_dict(self) -> dict[str, Any]:
        from ..models.gateway_data_out import GatewayDataOut

        top_up_id = self.top_up_id

        wallet_id = self.wallet_id

        deal_id: None | str
        deal_id = self.deal_id

        gateway = self.gateway.value

        state = self.state.value

        amount = self.amount.to_dict()

        received = self.received.to_dict()

        late = self.late.to_dict()

        seen = self.seen.to_dict()

        pay_by = self.pay_by.isoformat()

        created_at = self.created_at.isoformat()

        ended_at: None | str
        if isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        gateway_data: dict[str, Any] | None
        if isinstance(self.gateway_data, GatewayDataOut):
            gateway_data = self.gateway_data.to_dict()
        else:
            gateway_data = self.gateway_data

        transfers = []
        for transfers_item_data in self.transfers:
            transfers_item = transfers_item_data.to_dict()
            transfers.append(transfers_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "top_up_id": top_up_id,
                "wallet_id": wallet_id,
                "deal_id": deal_id,
                "gateway": gateway,
                "state": state,
                "amount": amount,
                "received": received,
                "late": late,
                "seen": seen,
                "pay_by": pay_by,
                "created_at": created_at,
                "ended_at": ended_at,
                "gateway_data": gateway_data,
                "transfers": transfers,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.gateway_data_out import GatewayDataOut
        from ..models.incoming_out import IncomingOut
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        top_up_id = d.pop("top_up_id")

        wallet_id = d.pop("wallet_id")

        def _parse_deal_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        deal_id = _parse_deal_id(d.pop("deal_id"))

        gateway = GatewayId(d.pop("gateway"))

        state = TopUpState(d.pop("state"))

        amount = MoneyOut.from_dict(d.pop("amount"))

        received = MoneyOut.from_dict(d.pop("received"))

        late = MoneyOut.from_dict(d.pop("late"))

        seen = MoneyOut.from_dict(d.pop("seen"))

        pay_by = datetime.datetime.fromisoformat(d.pop("pay_by"))

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

        def _parse_gateway_data(data: object) -> GatewayDataOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                gateway_data_type_0 = GatewayDataOut.from_dict(data)

                return gateway_data_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(GatewayDataOut | None, data)

        gateway_data = _parse_gateway_data(d.pop("gateway_data"))

        transfers = []
        _transfers = d.pop("transfers")
        for transfers_item_data in _transfers:
            transfers_item = IncomingOut.from_dict(transfers_item_data)

            transfers.append(transfers_item)

        top_up_now_out = cls(
            top_up_id=top_up_id,
            wallet_id=wallet_id,
            deal_id=deal_id,
            gateway=gateway,
            state=state,
            amount=amount,
            received=received,
            late=late,
            seen=seen,
            pay_by=pay_by,
            created_at=created_at,
            ended_at=ended_at,
            gateway_data=gateway_data,
            transfers=transfers,
        )

        return top_up_now_out
