from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.incoming_state import IncomingState

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="IncomingOut")


@_attrs_define
class IncomingOut:
    """`valued_at`: when it was paid, by the gateway's record. `held_back`: another source does not confirm it yet.

    Attributes:
        incoming_transfer_id (str):
        external_id (str):
        state (IncomingState):
        amount (MoneyOut):
        valued_at (datetime.datetime): RFC 3339, UTC.
        recorded_at (datetime.datetime): RFC 3339, UTC.
    """

    incoming_transfer_id: str
    external_id: str
    state: IncomingState
    amount: MoneyOut
    valued_at: datetime.datetime
    recorded_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        incoming_transfer_id = self.incoming_transfer_id

        external_id = self.external_id

        state = self.state.value

        amount = self.amount.to_dict()

        valued_at = self.valued_at.isoformat()

        recorded_at = self.recorded_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "incoming_transfer_id": incoming_transfer_id,
                "external_id": external_id,
                "state": state,
                "amount": amount,
                "valued_at": valued_at,
                "recorded_at": recorded_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        incoming_transfer_id = d.pop("incoming_transfer_id")

        external_id = d.pop("external_id")

        state = IncomingState(d.pop("state"))

        amount = MoneyOut.from_dict(d.pop("amount"))

        valued_at = datetime.datetime.fromisoformat(d.pop("valued_at"))

        recorded_at = datetime.datetime.fromisoformat(d.pop("recorded_at"))

        incoming_out = cls(
            incoming_transfer_id=incoming_transfer_id,
            external_id=external_id,
            state=state,
            amount=amount,
            valued_at=valued_at,
            recorded_at=recorded_at,
        )

        return incoming_out
