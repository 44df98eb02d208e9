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
    from ..models.webhook_data import WebhookData


T = TypeVar("T", bound="WebhookIn")


@_attrs_define
class WebhookIn:
    """The bank has an answer. It contains no amount: the market asks the bank, and only that answer counts.

    Attributes:
        type_ (Literal['answer.ready']):
        timestamp (datetime.datetime):
        data (WebhookData):
    """

    type_: Literal["answer.ready"]
    timestamp: datetime.datetime
    data: WebhookData

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        timestamp = self.timestamp.isoformat()

        data = self.data.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
                "timestamp": timestamp,
                "data": data,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.webhook_data import WebhookData

        d = dict(src_dict)
        type_ = cast(Literal["answer.ready"], d.pop("type"))
        if type_ != "answer.ready":
            raise ValueError(f"type must match const 'answer.ready', got '{type_}'")

        timestamp = datetime.datetime.fromisoformat(d.pop("timestamp"))

        data = WebhookData.from_dict(d.pop("data"))

        webhook_in = cls(
            type_=type_,
            timestamp=timestamp,
            data=data,
        )

        return webhook_in
