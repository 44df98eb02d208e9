from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.code_state import CodeState

T = TypeVar("T", bound="CodeOut")


@_attrs_define
class CodeOut:
    """A code that the payer's bank mails to the payer.

    Attributes:
        number (int):
        state (CodeState):
        expires_at (datetime.datetime | None):
    """

    number: int
    state: CodeState
    expires_at: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        state = self.state.value

        expires_at: None | str
        if isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "number": number,
                "state": state,
                "expires_at": expires_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        number = d.pop("number")

        state = CodeState(d.pop("state"))

        def _parse_expires_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        expires_at = _parse_expires_at(d.pop("expires_at"))

        code_out = cls(
            number=number,
            state=state,
            expires_at=expires_at,
        )

        return code_out
