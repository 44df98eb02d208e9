from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.line_state import LineState

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="SweepLineOut")


@_attrs_define
class SweepLineOut:
    """
    Attributes:
        position (int):
        address (str):
        amount (MoneyOut):
        state (LineState): One address of a sweep.
        failed_reason (None | str):
        final_at (datetime.datetime | None):
    """

    position: int
    address: str
    amount: MoneyOut
    state: LineState
    failed_reason: None | str
    final_at: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        position = self.position

        address = self.address

        amount = self.amount.to_dict()

        state = self.state.value

        failed_reason: None | str
        failed_reason = self.failed_reason

        final_at: None | str
        if isinstance(self.final_at, datetime.datetime):
            final_at = self.final_at.isoformat()
        else:
            final_at = self.final_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "position": position,
                "address": address,
                "amount": amount,
                "state": state,
                "failed_reason": failed_reason,
                "final_at": final_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        position = d.pop("position")

        address = d.pop("address")

        amount = MoneyOut.from_dict(d.pop("amount"))

        state = LineState(d.pop("state"))

        def _parse_failed_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        failed_reason = _parse_failed_reason(d.pop("failed_reason"))

        def _parse_final_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                final_at_type_0 = datetime.datetime.fromisoformat(data)

                return final_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        final_at = _parse_final_at(d.pop("final_at"))

        sweep_line_out = cls(
            position=position,
            address=address,
            amount=amount,
            state=state,
            failed_reason=failed_reason,
            final_at=final_at,
        )

        return sweep_line_out
