from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.dispute_now_out_by import DisputeNowOutBy

T = TypeVar("T", bound="DisputeNowOut")


@_attrs_define
class DisputeNowOut:
    """The open dispute of a deal.

    Attributes:
        id (str):
        by (DisputeNowOutBy):
        at (datetime.datetime): RFC 3339, UTC.
        reason (str):
        answer_by (datetime.datetime): RFC 3339, UTC.
        decide_by (datetime.datetime): RFC 3339, UTC.
    """

    id: str
    by: DisputeNowOutBy
    at: datetime.datetime
    reason: str
    answer_by: datetime.datetime
    decide_by: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        by = self.by.value

        at = self.at.isoformat()

        reason = self.reason

        answer_by = self.answer_by.isoformat()

        decide_by = self.decide_by.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "by": by,
                "at": at,
                "reason": reason,
                "answer_by": answer_by,
                "decide_by": decide_by,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        by = DisputeNowOutBy(d.pop("by"))

        at = datetime.datetime.fromisoformat(d.pop("at"))

        reason = d.pop("reason")

        answer_by = datetime.datetime.fromisoformat(d.pop("answer_by"))

        decide_by = datetime.datetime.fromisoformat(d.pop("decide_by"))

        dispute_now_out = cls(
            id=id,
            by=by,
            at=at,
            reason=reason,
            answer_by=answer_by,
            decide_by=decide_by,
        )

        return dispute_now_out
