from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ServedBankOut")


@_attrs_define
class ServedBankOut:
    """
    Attributes:
        id (int):
        name (str):
        requisite (str):
        claimed (bool):
    """

    id: int
    name: str
    requisite: str
    claimed: bool

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        name = self.name

        requisite = self.requisite

        claimed = self.claimed

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "name": name,
                "requisite": requisite,
                "claimed": claimed,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        name = d.pop("name")

        requisite = d.pop("requisite")

        claimed = d.pop("claimed")

        served_bank_out = cls(
            id=id,
            name=name,
            requisite=requisite,
            claimed=claimed,
        )

        return served_bank_out
