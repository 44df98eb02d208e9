from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.side_out_party import SideOutParty

T = TypeVar("T", bound="SideOut")


@_attrs_define
class SideOut:
    """`read` is the number of the last message that the party has read, `unread` how many of the other's it has not.

    Attributes:
        party (SideOutParty):
        user_id (str):
        read (int):
        unread (int):
    """

    party: SideOutParty
    user_id: str
    read: int
    unread: int

    def to_dict(self) -> dict[str, Any]:
        party = self.party.value

        user_id = self.user_id

        read = self.read

        unread = self.unread

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "party": party,
                "user_id": user_id,
                "read": read,
                "unread": unread,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        party = SideOutParty(d.pop("party"))

        user_id = d.pop("user_id")

        read = d.pop("read")

        unread = d.pop("unread")

        side_out = cls(
            party=party,
            user_id=user_id,
            read=read,
            unread=unread,
        )

        return side_out
