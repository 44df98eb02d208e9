from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.served_bank_out import ServedBankOut


T = TypeVar("T", bound="ConnectionOut")


@_attrs_define
class ConnectionOut:
    """
    Attributes:
        answered (bool):
        failure (None | str):
        banks (list[ServedBankOut]):
    """

    answered: bool
    failure: None | str
    banks: list[ServedBankOut]

    def to_dict(self) -> dict[str, Any]:
        answered = self.answered

        failure: None | str
        failure = self.failure

        banks = []
        for banks_item_data in self.banks:
            banks_item = banks_item_data.to_dict()
            banks.append(banks_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "answered": answered,
                "failure": failure,
                "banks": banks,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.served_bank_out import ServedBankOut

        d = dict(src_dict)
        answered = d.pop("answered")

        def _parse_failure(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        failure = _parse_failure(d.pop("failure"))

        banks = []
        _banks = d.pop("banks")
        for banks_item_data in _banks:
            banks_item = ServedBankOut.from_dict(banks_item_data)

            banks.append(banks_item)

        connection_out = cls(
            answered=answered,
            failure=failure,
            banks=banks,
        )

        return connection_out
