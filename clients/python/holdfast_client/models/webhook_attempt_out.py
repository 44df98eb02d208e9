from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="WebhookAttemptOut")


@_attrs_define
class WebhookAttemptOut:
    """
    Attributes:
        number (int):
        at (datetime.datetime): RFC 3339, UTC.
        duration_ms (int):
        status (int | None):
        failure (None | str):
        answer (None | str):
    """

    number: int
    at: datetime.datetime
    duration_ms: int
    status: int | None
    failure: None | str
    answer: None | str

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        at = self.at.isoformat()

        duration_ms = self.duration_ms

        status: int | None
        status = self.status

        failure: None | str
        failure = self.failure

        answer: None | str
        answer = self.answer

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "number": number,
                "at": at,
                "duration_ms": duration_ms,
                "status": status,
                "failure": failure,
                "answer": answer,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        number = d.pop("number")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        duration_ms = d.pop("duration_ms")

        def _parse_status(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        status = _parse_status(d.pop("status"))

        def _parse_failure(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        failure = _parse_failure(d.pop("failure"))

        def _parse_answer(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        answer = _parse_answer(d.pop("answer"))

        webhook_attempt_out = cls(
            number=number,
            at=at,
            duration_ms=duration_ms,
            status=status,
            failure=failure,
            answer=answer,
        )

        return webhook_attempt_out
