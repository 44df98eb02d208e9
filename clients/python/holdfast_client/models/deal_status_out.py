from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.setter import Setter

T = TypeVar("T", bound="DealStatusOut")


@_attrs_define
class DealStatusOut:
    """What was last said about a deal's progress; `GET /statuses` has the names.

    Attributes:
        status (str):
        by (Setter): Who sets a status.
        at (datetime.datetime): RFC 3339, UTC.
    """

    status: str
    by: Setter
    at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        status = self.status

        by = self.by.value

        at = self.at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "status": status,
                "by": by,
                "at": at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        status = d.pop("status")

        by = Setter(d.pop("by"))

        at = datetime.datetime.fromisoformat(d.pop("at"))

        deal_status_out = cls(
            status=status,
            by=by,
            at=at,
        )

        return deal_status_out
