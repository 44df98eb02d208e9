from __future__ import annotations

from collections.abc import Mapping
from typing import (
    Any,
    Literal,
    Self,
    TypeVar,
    cast,
)

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="PasswordOut")


@_attrs_define
class PasswordOut:
    """
    Attributes:
        device_token (str): For the log-in from this device that follows.
        status (Literal['set'] | Unset):  Default: 'set'.
    """

    device_token: str
    status: Literal["set"] | Unset = "set"

    def to_dict(self) -> dict[str, Any]:
        device_token = self.device_token

        status = self.status

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "device_token": device_token,
            }
        )
        if status is not UNSET:
            field_dict["status"] = status

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        device_token = d.pop("device_token")

        status = cast(Literal["set"] | Unset, d.pop("status", UNSET))
        if status != "set" and not isinstance(status, Unset):
            raise ValueError(f"status must match const 'set', got '{status}'")

        password_out = cls(
            device_token=device_token,
            status=status,
        )

        return password_out
