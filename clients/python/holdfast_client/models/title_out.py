from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.deal_state import DealState

T = TypeVar("T", bound="TitleOut")


@_attrs_define
class TitleOut:
    """What clients read instead of the name of a deal's state.

    Attributes:
        state (DealState):
        en (str):
        ru (str):
    """

    state: DealState
    en: str
    ru: str

    def to_dict(self) -> dict[str, Any]:
        state = self.state.value

        en = self.en

        ru = self.ru

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "state": state,
                "en": en,
                "ru": ru,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        state = DealState(d.pop("state"))

        en = d.pop("en")

        ru = d.pop("ru")

        title_out = cls(
            state=state,
            en=en,
            ru=ru,
        )

        return title_out
