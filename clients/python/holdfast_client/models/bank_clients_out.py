from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.bank_client_out import BankClientOut


T = TypeVar("T", bound="BankClientsOut")


@_attrs_define
class BankClientsOut:
    """
    Attributes:
        items (list[BankClientOut]):
        next_ (None):
    """

    items: list[BankClientOut]
    next_: None

    def to_dict(self) -> dict[str, Any]:
        items = []
        for items_item_data in self.items:
            items_item = items_item_data.to_dict()
            items.append(items_item)

        next_ = self.next_

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "items": items,
                "next": next_,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.bank_client_out import BankClientOut

        d = dict(src_dict)
        items = []
        _items = d.pop("items")
        for items_item_data in _items:
            items_item = BankClientOut.from_dict(items_item_data)

            items.append(items_item)

        next_ = d.pop("next")

        bank_clients_out = cls(
            items=items,
            next_=next_,
        )

        return bank_clients_out
