from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="RedeliveryOut")


@_attrs_define
class RedeliveryOut:
    """
    Attributes:
        webhook_endpoint_id (str):
        events (int):
    """

    webhook_endpoint_id: str
    events: int

    def to_dict(self) -> dict[str, Any]:
        webhook_endpoint_id = self.webhook_endpoint_id

        events = self.events

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "webhook_endpoint_id": webhook_endpoint_id,
                "events": events,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        webhook_endpoint_id = d.pop("webhook_endpoint_id")

        events = d.pop("events")

        redelivery_out = cls(
            webhook_endpoint_id=webhook_endpoint_id,
            events=events,
        )

        return redelivery_out
