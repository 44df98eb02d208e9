from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="CheckoutLinkIn")


@_attrs_define
class CheckoutLinkIn:
    """
    Attributes:
        return_url (str):
        lasts_s (int | Unset):  Default: 3600.
    """

    return_url: str
    lasts_s: int | Unset = 3600

    def to_dict(self) -> dict[str, Any]:
        return_url = self.return_url

        lasts_s = self.lasts_s

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "return_url": return_url,
            }
        )
        if lasts_s is not UNSET:
            field_dict["lasts_s"] = lasts_s

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        return_url = d.pop("return_url")

        lasts_s = d.pop("lasts_s", UNSET)

        checkout_link_in = cls(
            return_url=return_url,
            lasts_s=lasts_s,
        )

        return checkout_link_in
