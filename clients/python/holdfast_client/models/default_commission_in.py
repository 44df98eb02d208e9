from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="DefaultCommissionIn")


@_attrs_define
class DefaultCommissionIn:
    """
    Attributes:
        percent (str): At most two decimals, at most 50.
    """

    percent: str

    def to_dict(self) -> dict[str, Any]:
        percent = self.percent

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "percent": percent,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        percent = d.pop("percent")

        default_commission_in = cls(
            percent=percent,
        )

        return default_commission_in
