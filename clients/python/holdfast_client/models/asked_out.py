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

T = TypeVar("T", bound="AskedOut")


@_attrs_define
class AskedOut:
    """The same for every address: only the mail shows whether it is known.

    Attributes:
        status (Literal['asked'] | Unset):  Default: 'asked'.
    """

    status: Literal["asked"] | Unset = "asked"

    def to_dict(self) -> dict[str, Any]:
        status = self.status

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if status is not UNSET:
            field_dict["status"] = status

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        status = cast(Literal["asked"] | Unset, d.pop("status", UNSET))
        if status != "asked" and not isinstance(status, Unset):
            raise ValueError(f"status must match const 'asked', got '{status}'")

        asked_out = cls(
            status=status,
        )

        return asked_out
