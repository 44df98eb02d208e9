from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    Self,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.feed_actor_out import FeedActorOut
    from ..models.feed_event_data_out import FeedEventDataOut
    from ..models.feed_event_out_object_type_0 import FeedEventOutObjectType0


T = TypeVar("T", bound="FeedEventOut")


@_attrs_define
class FeedEventOut:
    """Something that has happened. But for `object` it never changes, and is what a webhook says.

    Attributes:
        id (str):
        type_ (str):
        api_version (Literal['1']):
        timestamp (datetime.datetime): RFC 3339, UTC.
        number (int): Its place in the feed: `after` of what follows.
        actor (FeedActorOut): Whose request it was. `system`: it followed by itself, from a bank's answer or the end of
            a time.
        data (FeedEventDataOut): What the event is about, and the state in which it was then.
        object_ (FeedEventOutObjectType0 | None): As its own address shows it now; null unless it is asked for.
    """

    id: str
    type_: str
    api_version: Literal["1"]
    timestamp: datetime.datetime
    number: int
    actor: FeedActorOut
    data: FeedEventDataOut
    object_: FeedEventOutObjectType0 | None

    def to_dict(self) -> dict[str, Any]:
        from ..models.feed_event_out_object_type_0 import FeedEventOutObjectType0

        id = self.id

        type_ = self.type_

        api_version = self.api_version

        timestamp = self.timestamp.isoformat()

        number = self.number

        actor = self.actor.to_dict()

        data = self.data.to_dict()

        object_: dict[str, Any] | None
        if isinstance(self.object_, FeedEventOutObjectType0):
            object_ = self.object_.to_dict()
        else:
            object_ = self.object_

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "type": type_,
                "api_version": api_version,
                "timestamp": timestamp,
                "number": number,
                "actor": actor,
                "data": data,
                "object": object_,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.feed_actor_out import FeedActorOut
        from ..models.feed_event_data_out import FeedEventDataOut
        from ..models.feed_event_out_object_type_0 import FeedEventOutObjectType0

        d = dict(src_dict)
        id = d.pop("id")

        type_ = d.pop("type")

        api_version = cast(Literal["1"], d.pop("api_version"))
        if api_version != "1":
            raise ValueError(f"api_version must match const '1', got '{api_version}'")

        timestamp = datetime.datetime.fromisoformat(d.pop("timestamp"))

        number = d.pop("number")

        actor = FeedActorOut.from_dict(d.pop("actor"))

        data = FeedEventDataOut.from_dict(d.pop("data"))

        def _parse_object_(data: object) -> FeedEventOutObjectType0 | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                object_type_0 = FeedEventOutObjectType0.from_dict(data)

                return object_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(FeedEventOutObjectType0 | None, data)

        object_ = _parse_object_(d.pop("object"))

        feed_event_out = cls(
            id=id,
            type_=type_,
            api_version=api_version,
            timestamp=timestamp,
            number=number,
            actor=actor,
            data=data,
            object_=object_,
        )

        return feed_event_out
