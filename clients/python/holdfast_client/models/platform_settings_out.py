from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="PlatformSettingsOut")


@_attrs_define
class PlatformSettingsOut:
    """What an administrator sets for the whole platform.

    Attributes:
        default_commission_percent (str):
        sign_up_marketplace_id (None | str):
    """

    default_commission_percent: str
    sign_up_marketplace_id: None | str

    def to_dict(self) -> dict[str, Any]:
        default_commission_percent = self.default_commission_percent

        sign_up_marketplace_id: None | str
        sign_up_marketplace_id = self.sign_up_marketplace_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "default_commission_percent": default_commission_percent,
                "sign_up_marketplace_id": sign_up_marketplace_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        default_commission_percent = d.pop("default_commission_percent")

        def _parse_sign_up_marketplace_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        sign_up_marketplace_id = _parse_sign_up_marketplace_id(d.pop("sign_up_marketplace_id"))

        platform_settings_out = cls(
            default_commission_percent=default_commission_percent,
            sign_up_marketplace_id=sign_up_marketplace_id,
        )

        return platform_settings_out
