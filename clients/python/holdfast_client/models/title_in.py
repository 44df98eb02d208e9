from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="TitleIn")


@_attrs_define
class TitleIn:
    """
    Attributes:
        en (str):
        ru (str):
    """

    en: str
    ru: str

    def to_dict(self) -> dict[str, Any]:
        en = self.en

        ru = self.ru

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "en": en,
                "ru": ru,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        en = d.pop("en")

        ru = d.pop("ru")

        title_in = cls(
            en=en,
            ru=ru,
        )

        return title_in
