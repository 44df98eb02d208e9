from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="OnSaleIn")


@_attrs_define
class OnSaleIn:
    """
    Attributes:
        on_sale (bool): False takes the offer off sale, true puts it back.
    """

    on_sale: bool

    def to_dict(self) -> dict[str, Any]:
        on_sale = self.on_sale

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "on_sale": on_sale,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        on_sale = d.pop("on_sale")

        on_sale_in = cls(
            on_sale=on_sale,
        )

        return on_sale_in
