from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.bank_client_state import BankClientState

T = TypeVar("T", bound="BankClientStateIn")


@_attrs_define
class BankClientStateIn:
    """
    Attributes:
        state (BankClientState):
    """

    state: BankClientState

    def to_dict(self) -> dict[str, Any]:
        state = self.state.value

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "state": state,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        state = BankClientState(d.pop("state"))

        bank_client_state_in = cls(
            state=state,
        )

        return bank_client_state_in
