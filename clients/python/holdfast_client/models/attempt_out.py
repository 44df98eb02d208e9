from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.attempt_state import AttemptState

T = TypeVar("T", bound="AttemptOut")


@_attrs_define
class AttemptOut:
    """A submitted code. `submitted_at` is the payment's time if the code was right.

    Attributes:
        number (int):
        submitted_at (datetime.datetime): RFC 3339, UTC.
        state (AttemptState):
    """

    number: int
    submitted_at: datetime.datetime
    state: AttemptState

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        submitted_at = self.submitted_at.isoformat()

        state = self.state.value

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "number": number,
                "submitted_at": submitted_at,
                "state": state,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        number = d.pop("number")

        submitted_at = datetime.datetime.fromisoformat(d.pop("submitted_at"))

        state = AttemptState(d.pop("state"))

        attempt_out = cls(
            number=number,
            submitted_at=submitted_at,
            state=state,
        )

        return attempt_out
