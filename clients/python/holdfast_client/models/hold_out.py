from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.hold_out_state import HoldOutState

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="HoldOut")


@_attrs_define
class HoldOut:
    """
    Attributes:
        hold_id (str):
        from_wallet_id (str):
        to_wallet_id (str):
        state (HoldOutState):
        amount (MoneyOut):
        captured (MoneyOut | None):
        details (str):
        expires_at (datetime.datetime): RFC 3339, UTC.
        created_at (datetime.datetime): RFC 3339, UTC.
        ended_at (datetime.datetime | None):
    """

    hold_id: str
    from_wallet_id: str
    to_wallet_id: str
    state: HoldOutState
    amount: MoneyOut
    captured: MoneyOut | None
    details: str
    expires_at: datetime.datetime
    created_at: datetime.datetime
    ended_at: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        from ..models.money_out import MoneyOut

        hold_id = self.hold_id

        from_wallet_id = self.from_wallet_id

        to_wallet_id = self.to_wallet_id

        state = self.state.value

        amount = self.amount.to_dict()

        captured: dict[str, Any] | None
        if isinstance(self.captured, MoneyOut):
            captured = self.captured.to_dict()
        else:
            captured = self.captured

        details = self.details

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
                "hold_id": hold_id,
                "from_wallet_id": from_wallet_id,
                "to_wallet_id": to_wallet_id,
                "state": state,
                "amount": amount,
                "captured": captured,
                "details": details,
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
        hold_id = d.pop("hold_id")

        from_wallet_id = d.pop("from_wallet_id")

        to_wallet_id = d.pop("to_wallet_id")

        state = HoldOutState(d.pop("state"))

        amount = MoneyOut.from_dict(d.pop("amount"))

        def _parse_captured(data: object) -> MoneyOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                captured_type_0 = MoneyOut.from_dict(data)

                return captured_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyOut | None, data)

        captured = _parse_captured(d.pop("captured"))

        details = d.pop("details")

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

        hold_out = cls(
            hold_id=hold_id,
            from_wallet_id=from_wallet_id,
            to_wallet_id=to_wallet_id,
            state=state,
            amount=amount,
            captured=captured,
            details=details,
            expires_at=expires_at,
            created_at=created_at,
            ended_at=ended_at,
        )

        return hold_out
