from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

T = TypeVar("T", bound="ReadIn")


@_attrs_define
class ReadIn:
    """
    Attributes:
        user_id (UUID):
        number (int): Of the last message that was read.
    """

    user_id: UUID
    number: int

    def to_dict(self) -> dict[str, Any]:
        user_id = str(self.user_id)

        number = self.number

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "user_id": user_id,
                "number": number,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        user_id = UUID(d.pop("user_id"))

        number = d.pop("number")

        read_in = cls(
            user_id=user_id,
            number=number,
        )

        return read_in
