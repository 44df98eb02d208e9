from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.line_out import LineOut
    from ..models.totals_out import TotalsOut


T = TypeVar("T", bound="ClosingStatementOut")


@_attrs_define
class ClosingStatementOut:
    """`taken + guarantee = paid_out + commission + owed + fees + refunded`, by the books as they are now.

    Attributes:
        deal_id (str):
        balanced (bool):
        differences (list[str]):
        compared_at (datetime.datetime | None):
        lines (list[LineOut]):
        totals (TotalsOut):
    """

    deal_id: str
    balanced: bool
    differences: list[str]
    compared_at: datetime.datetime | None
    lines: list[LineOut]
    totals: TotalsOut

    def to_dict(self) -> dict[str, Any]:
        deal_id = self.deal_id

        balanced = self.balanced

        differences = self.differences

        compared_at: None | str
        if isinstance(self.compared_at, datetime.datetime):
            compared_at = self.compared_at.isoformat()
        else:
            compared_at = self.compared_at

        lines = []
        for lines_item_data in self.lines:
            lines_item = lines_item_data.to_dict()
            lines.append(lines_item)

        totals = self.totals.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "deal_id": deal_id,
                "balanced": balanced,
                "differences": differences,
                "compared_at": compared_at,
                "lines": lines,
                "totals": totals,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.line_out import LineOut
        from ..models.totals_out import TotalsOut

        d = dict(src_dict)
        deal_id = d.pop("deal_id")

        balanced = d.pop("balanced")

        differences = cast(list[str], d.pop("differences"))

        def _parse_compared_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                compared_at_type_0 = datetime.datetime.fromisoformat(data)

                return compared_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        compared_at = _parse_compared_at(d.pop("compared_at"))

        lines = []
        _lines = d.pop("lines")
        for lines_item_data in _lines:
            lines_item = LineOut.from_dict(lines_item_data)

            lines.append(lines_item)

        totals = TotalsOut.from_dict(d.pop("totals"))

        closing_statement_out = cls(
            deal_id=deal_id,
            balanced=balanced,
            differences=differences,
            compared_at=compared_at,
            lines=lines,
            totals=totals,
        )

        return closing_statement_out
