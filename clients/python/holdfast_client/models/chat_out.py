from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.side_out import SideOut


T = TypeVar("T", bound="ChatOut")


@_attrs_define
class ChatOut:
    """`chat_id` is the id of the deal.

    Attributes:
        chat_id (str):
        messages (int):
        sides (list[SideOut]):
    """

    chat_id: str
    messages: int
    sides: list[SideOut]

    def to_dict(self) -> dict[str, Any]:
        chat_id = self.chat_id

        messages = self.messages

        sides = []
        for sides_item_data in self.sides:
            sides_item = sides_item_data.to_dict()
            sides.append(sides_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "chat_id": chat_id,
                "messages": messages,
                "sides": sides,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.side_out import SideOut

        d = dict(src_dict)
        chat_id = d.pop("chat_id")

        messages = d.pop("messages")

        sides = []
        _sides = d.pop("sides")
        for sides_item_data in _sides:
            sides_item = SideOut.from_dict(sides_item_data)

            sides.append(sides_item)

        chat_out = cls(
            chat_id=chat_id,
            messages=messages,
            sides=sides,
        )

        return chat_out
