from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.webhook_data_status import WebhookDataStatus

T = TypeVar("T", bound="WebhookData")


@_attrs_define
class WebhookData:
    """
    Attributes:
        key (str):
        operation (None | str):
        status (WebhookDataStatus):
    """

    key: str
    operation: None | str
    status: WebhookDataStatus

    def to_dict(self) -> dict[str, Any]:
        key = self.key

        operation: None | str
        operation = self.operation

        status = self.status.value

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "key": key,
                "operation": operation,
                "status": status,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        key = d.pop("key")

        def _parse_operation(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        operation = _parse_operation(d.pop("operation"))

        status = WebhookDataStatus(d.pop("status"))

        webhook_data = cls(
            key=key,
            operation=operation,
            status=status,
        )

        return webhook_data
