from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="RedriveOut")


@_attrs_define
class RedriveOut:
    """The redriver sends lost signals again: when it last went through everything.

    Attributes:
        ran_at (datetime.datetime): RFC 3339, UTC.
        age_s (int):
        part (str):
        overdue (bool):
    """

    ran_at: datetime.datetime
    age_s: int
    part: str
    overdue: bool

    def to_dict(self) -> dict[str, Any]:
        ran_at = self.ran_at.isoformat()

        age_s = self.age_s

        part = self.part

        overdue = self.overdue

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "ran_at": ran_at,
                "age_s": age_s,
                "part": part,
                "overdue": overdue,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        ran_at = datetime.datetime.fromisoformat(d.pop("ran_at"))

        age_s = d.pop("age_s")

        part = d.pop("part")

        overdue = d.pop("overdue")

        redrive_out = cls(
            ran_at=ran_at,
            age_s=age_s,
            part=part,
            overdue=overdue,
        )

        return redrive_out
