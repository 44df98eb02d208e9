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


T = TypeVar("T", bound="WebhookMessage")


@_attrs_define
class WebhookMessage:
    """An event, as `GET /events/{event_id}` shows it but for `object`: the same bytes on every try.

    `data` names the object, and the state in which it was then. More fields may come: ignore what you do not know.

        Attributes:
            id (str): Of the event, and of every try: `webhook-id`.
            type_ (str): `webhook.test` for a test.
            api_version (Literal['1']):
            timestamp (datetime.datetime): RFC 3339, UTC.
            number (int | None): Its place in the feed; null for a test.
            actor (FeedActorOut): Whose request it was. `system`: it followed by itself, from a bank's answer or the end of
                a time.
            data (FeedEventDataOut | None): What it is about; null for a test.
    """

    id: str
    type_: str
    api_version: Literal["1"]
    timestamp: datetime.datetime
    number: int | None
    actor: FeedActorOut
    data: FeedEventDataOut | None

    def to_dict(self) -> dict[str, Any]:
        from ..models.feed_event_data_out import FeedEventDataOut

        id = self.id

        type_ = self.type_

        api_version = self.api_version

        timestamp = self.timestamp.isoformat()

        number: int | None
        number = self.number

        actor = self.actor.to_dict()

        data: dict[str, Any] | None
        if isinstance(self.data, FeedEventDataOut):
            data = self.data.to_dict()
        else:
            data = self.data

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
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.feed_actor_out import FeedActorOut
        from ..models.feed_event_data_out import FeedEventDataOut

        d = dict(src_dict)
        id = d.pop("id")

        type_ = d.pop("type")

        api_version = cast(Literal["1"], d.pop("api_version"))
        if api_version != "1":
            raise ValueError(f"api_version must match const '1', got '{api_version}'")

        timestamp = datetime.datetime.fromisoformat(d.pop("timestamp"))

        def _parse_number(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        number = _parse_number(d.pop("number"))

        actor = FeedActorOut.from_dict(d.pop("actor"))

        def _parse_data(data: object) -> FeedEventDataOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                data_type_0 = FeedEventDataOut.from_dict(data)

                return data_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(FeedEventDataOut | None, data)

        data = _parse_data(d.pop("data"))

        webhook_message = cls(
            id=id,
            type_=type_,
            api_version=api_version,
            timestamp=timestamp,
            number=number,
            actor=actor,
            data=data,
        )

        return webhook_message
