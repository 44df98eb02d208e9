from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="LoginOut")


@_attrs_define
class LoginOut:
    """A user's login. One with `disabled_at` is disabled.

    Attributes:
        user_id (str):
        login (str):
        disabled_at (datetime.datetime | None):
    """

    user_id: str
    login: str
    disabled_at: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        user_id = self.user_id

        login = self.login

        disabled_at: None | str
        if isinstance(self.disabled_at, datetime.datetime):
            disabled_at = self.disabled_at.isoformat()
        else:
            disabled_at = self.disabled_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "user_id": user_id,
                "login": login,
                "disabled_at": disabled_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        user_id = d.pop("user_id")

        login = d.pop("login")

        def _parse_disabled_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                disabled_at_type_0 = datetime.datetime.fromisoformat(data)

                return disabled_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        disabled_at = _parse_disabled_at(d.pop("disabled_at"))

        login_out = cls(
            user_id=user_id,
            login=login,
            disabled_at=disabled_at,
        )

        return login_out
