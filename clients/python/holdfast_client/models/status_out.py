from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.deal_state import DealState
from ..models.setter import Setter

T = TypeVar("T", bound="StatusOut")


@_attrs_define
class StatusOut:
    """
    Attributes:
        status (str):
        en (str):
        ru (str):
        states (list[DealState]):
        set_by (list[Setter]):
        active (bool):
    """

    status: str
    en: str
    ru: str
    states: list[DealState]
    set_by: list[Setter]
    active: bool

    def to_dict(self) -> dict[str, Any]:
        status = self.status

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
                "status": status,
                "en": en,
                "ru": ru,
                "states": states,
                "set_by": set_by,
                "active": active,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        status = d.pop("status")

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

        active = d.pop("active")

        status_out = cls(
            status=status,
            en=en,
            ru=ru,
            states=states,
            set_by=set_by,
            active=active,
        )

        return status_out
