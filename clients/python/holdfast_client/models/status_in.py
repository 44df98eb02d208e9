from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.deal_state import DealState
from ..models.setter import Setter
from ..types import UNSET, Unset

T = TypeVar("T", bound="StatusIn")


@_attrs_define
class StatusIn:
    """
    Attributes:
        en (str):
        ru (str):
        states (list[DealState]):
        set_by (list[Setter]):
        active (bool | Unset):  Default: True.
    """

    en: str
    ru: str
    states: list[DealState]
    set_by: list[Setter]
    active: bool | Unset = True

    def to_dict(self) -> dict[str, Any]:
        en = self.en

        ru = self.ru

        states = []
        for states_item_data in self.states:
            states_item = states_item_data.value
            states.append(states_item)

        set_by = []
        for set_by_item_data in self.set_by:
            set_by_item = set_by_item_data.value
            set_by.append(set_by_item)

        active = self.active

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "en": en,
                "ru": ru,
                "states": states,
                "set_by": set_by,
            }
        )
        if active is not UNSET:
            field_dict["active"] = active

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        en = d.pop("en")

        ru = d.pop("ru")

        states = []
        _states = d.pop("states")
        for states_item_data in _states:
            states_item = DealState(states_item_data)

            states.append(states_item)

        set_by = []
        _set_by = d.pop("set_by")
        for set_by_item_data in _set_by:
            set_by_item = Setter(set_by_item_data)

            set_by.append(set_by_item)

        active = d.pop("active", UNSET)

        status_in = cls(
            en=en,
            ru=ru,
            states=states,
            set_by=set_by,
            active=active,
        )

        return status_in
