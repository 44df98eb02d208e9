from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="ReturnOriginsOut")


@_attrs_define
class ReturnOriginsOut:
    """
    Attributes:
        marketplace_id (str):
        origins (list[str]):
    """

    marketplace_id: str
    origins: list[str]

    def to_dict(self) -> dict[str, Any]:
        marketplace_id = self.marketplace_id

        origins = self.origins

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "marketplace_id": marketplace_id,
                "origins": origins,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        marketplace_id = d.pop("marketplace_id")

        origins = cast(list[str], d.pop("origins"))

        return_origins_out = cls(
            marketplace_id=marketplace_id,
            origins=origins,
        )

        return return_origins_out
