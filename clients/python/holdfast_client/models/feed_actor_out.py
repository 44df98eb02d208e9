from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.feed_actor_out_type import FeedActorOutType

T = TypeVar("T", bound="FeedActorOut")


@_attrs_define
class FeedActorOut:
    """Whose request it was. `system`: it followed by itself, from a bank's answer or the end of a time.

    Attributes:
        type_ (FeedActorOutType):
        id (None | str):
    """

    type_: FeedActorOutType
    id: None | str

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_.value

        id: None | str
        id = self.id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
                "id": id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        type_ = FeedActorOutType(d.pop("type"))

        def _parse_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        id = _parse_id(d.pop("id"))

        feed_actor_out = cls(
            type_=type_,
            id=id,
        )

        return feed_actor_out
