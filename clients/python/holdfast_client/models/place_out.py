from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.place_out_where import PlaceOutWhere

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="PlaceOut")


@_attrs_define
class PlaceOut:
    """
    Attributes:
        where (PlaceOutWhere):
        amount (MoneyOut):
    """

    where: PlaceOutWhere
    amount: MoneyOut

    def to_dict(self) -> dict[str, Any]:
        where = self.where.value

        amount = self.amount.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "where": where,
                "amount": amount,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        where = PlaceOutWhere(d.pop("where"))

        amount = MoneyOut.from_dict(d.pop("amount"))

        place_out = cls(
            where=where,
            amount=amount,
        )

        return place_out
