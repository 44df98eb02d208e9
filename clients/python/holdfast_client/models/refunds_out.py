from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.operator_refund_out import OperatorRefundOut
    from ..models.refund_out import RefundOut


T = TypeVar("T", bound="RefundsOut")


@_attrs_define
class RefundsOut:
    """
    Attributes:
        items (list[OperatorRefundOut | RefundOut]):
    """

    items: list[OperatorRefundOut | RefundOut]

    def to_dict(self) -> dict[str, Any]:
        from ..models.operator_refund_out import OperatorRefundOut

        items = []
        for items_item_data in self.items:
            items_item: dict[str, Any]
            if isinstance(items_item_data, OperatorRefundOut):
                items_item = items_item_data.to_dict()
            else:
                items_item = items_item_data.to_dict()

            items.append(items_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "items": items,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.operator_refund_out import OperatorRefundOut
        from ..models.refund_out import RefundOut

        d = dict(src_dict)
        items = []
        _items = d.pop("items")
        for items_item_data in _items:

            def _parse_items_item(data: object) -> OperatorRefundOut | RefundOut:
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    items_item_type_0 = OperatorRefundOut.from_dict(data)

                    return items_item_type_0
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                items_item_type_1 = RefundOut.from_dict(data)

                return items_item_type_1

            items_item = _parse_items_item(items_item_data)

            items.append(items_item)

        refunds_out = cls(
            items=items,
        )

        return refunds_out
