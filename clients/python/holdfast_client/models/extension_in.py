from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

T = TypeVar("T", bound="ExtensionIn")


@_attrs_define
class ExtensionIn:
    """
    Attributes:
        user_id (UUID):
        pay_by (datetime.datetime):
    """

    user_id: UUID
    pay_by: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        user_id = str(self.user_id)

        pay_by = self.pay_by.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "user_id": user_id,
                "pay_by": pay_by,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        user_id = UUID(d.pop("user_id"))

        pay_by = datetime.datetime.fromisoformat(d.pop("pay_by"))

        extension_in = cls(
            user_id=user_id,
            pay_by=pay_by,
        )

        return extension_in
