from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.sweep_state import SweepState
from ..models.sweeps_cause import SweepsCause

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut
    from ..models.sweep_line_out import SweepLineOut


T = TypeVar("T", bound="WholeSweepOut")


@_attrs_define
class WholeSweepOut:
    """With its addresses, in the order in which they are moved.

    Attributes:
        id (str):
        state (SweepState):
        cause (SweepsCause):
        lines (int):
        failed (int):
        total (MoneyOut):
        swept (MoneyOut):
        created_at (datetime.datetime): RFC 3339, UTC.
        flagged_at (datetime.datetime | None):
        final_at (datetime.datetime | None):
        addresses (list[SweepLineOut]):
    """

    id: str
    state: SweepState
    cause: SweepsCause
    lines: int
    failed: int
    total: MoneyOut
    swept: MoneyOut
    created_at: datetime.datetime
    flagged_at: datetime.datetime | None
    final_at: datetime.datetime | None
    addresses: list[SweepLineOut]

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        state = self.state.value

        cause = self.cause.value

        lines = self.lines

        failed = self.failed

        total = self.total.to_dict()

        swept = self.swept.to_dict()

        created_at = self.created_at.isoformat()

        flagged_at: None | str
        if isinstance(self.flagged_at, datetime.datetime):
            flagged_at = self.flagged_at.isoformat()
        else:
            flagged_at = self.flagged_at

        final_at: None | str
        if isinstance(self.final_at, datetime.datetime):
            final_at = self.final_at.isoformat()
        else:
            final_at = self.final_at

        addresses = []
        for addresses_item_data in self.addresses:
            addresses_item = addresses_item_data.to_dict()
            addresses.append(addresses_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "state": state,
                "cause": cause,
                "lines": lines,
                "failed": failed,
                "total": total,
                "swept": swept,
                "created_at": created_at,
                "flagged_at": flagged_at,
                "final_at": final_at,
                "addresses": addresses,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut
        from ..models.sweep_line_out import SweepLineOut

        d = dict(src_dict)
        id = d.pop("id")

        state = SweepState(d.pop("state"))

        cause = SweepsCause(d.pop("cause"))

        lines = d.pop("lines")

        failed = d.pop("failed")

        total = MoneyOut.from_dict(d.pop("total"))

        swept = MoneyOut.from_dict(d.pop("swept"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_flagged_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                flagged_at_type_0 = datetime.datetime.fromisoformat(data)

                return flagged_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        flagged_at = _parse_flagged_at(d.pop("flagged_at"))

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

        addresses = []
        _addresses = d.pop("addresses")
        for addresses_item_data in _addresses:
            addresses_item = SweepLineOut.from_dict(addresses_item_data)

            addresses.append(addresses_item)

        whole_sweep_out = cls(
            id=id,
            state=state,
            cause=cause,
            lines=lines,
            failed=failed,
            total=total,
            swept=swept,
            created_at=created_at,
            flagged_at=flagged_at,
            final_at=final_at,
            addresses=addresses,
        )

        return whole_sweep_out
