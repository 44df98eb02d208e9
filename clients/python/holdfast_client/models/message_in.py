from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

T = TypeVar("T", bound="MessageIn")


@_attrs_define
class MessageIn:
    """
    Attributes:
        user_id (UUID):
        text (str):
    """

    user_id: UUID
    text: str

    def to_dict(self) -> dict[str, Any]:
        user_id = str(self.user_id)

        text = self.text

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "user_id": user_id,
                "text": text,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        user_id = UUID(d.pop("user_id"))

        text = d.pop("text")

        message_in = cls(
            user_id=user_id,
            text=text,
        )

        return message_in
