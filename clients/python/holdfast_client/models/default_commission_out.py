from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="DefaultCommissionOut")


@_attrs_define
class DefaultCommissionOut:
    """
    Attributes:
        default_commission_percent (str):
        offers (int):
    """

    default_commission_percent: str
    offers: int

    def to_dict(self) -> dict[str, Any]:
        default_commission_percent = self.default_commission_percent

        offers = self.offers

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "default_commission_percent": default_commission_percent,
                "offers": offers,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        default_commission_percent = d.pop("default_commission_percent")

        offers = d.pop("offers")

        default_commission_out = cls(
            default_commission_percent=default_commission_percent,
            offers=offers,
        )

        return default_commission_out
