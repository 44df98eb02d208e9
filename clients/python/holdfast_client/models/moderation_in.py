from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ModerationIn")


@_attrs_define
class ModerationIn:
    """
    Attributes:
        approve (bool):
        commission_percent (None | str | Unset): At most two decimals, at most 50. The default of the platform when
            absent.
        reason (None | str | Unset): Of a rejection; it is mailed to the seller.
        version (int | None | Unset): Which version was looked at; 409 `offer_changed` if it is another now.
    """

    approve: bool
    commission_percent: None | str | Unset = UNSET
    reason: None | str | Unset = UNSET
    version: int | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        approve = self.approve

        commission_percent: None | str | Unset
        if isinstance(self.commission_percent, Unset):
            commission_percent = UNSET
        else:
            commission_percent = self.commission_percent

        reason: None | str | Unset
        if isinstance(self.reason, Unset):
            reason = UNSET
        else:
            reason = self.reason

        version: int | None | Unset
        if isinstance(self.version, Unset):
            version = UNSET
        else:
            version = self.version

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "approve": approve,
            }
        )
        if commission_percent is not UNSET:
            field_dict["commission_percent"] = commission_percent
        if reason is not UNSET:
            field_dict["reason"] = reason
        if version is not UNSET:
            field_dict["version"] = version

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        approve = d.pop("approve")

        def _parse_commission_percent(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        commission_percent = _parse_commission_percent(d.pop("commission_percent", UNSET))

        def _parse_reason(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        reason = _parse_reason(d.pop("reason", UNSET))

        def _parse_version(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        version = _parse_version(d.pop("version", UNSET))

        moderation_in = cls(
            approve=approve,
            commission_percent=commission_percent,
            reason=reason,
            version=version,
        )

        return moderation_in
