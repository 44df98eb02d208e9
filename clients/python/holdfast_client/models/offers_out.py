from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.offer_out import OfferOut
    from ..models.operator_offer_out import OperatorOfferOut


T = TypeVar("T", bound="OffersOut")


@_attrs_define
class OffersOut:
    """
    Attributes:
        items (list[OfferOut | OperatorOfferOut]):
        next_ (None | str):
    """

    items: list[OfferOut | OperatorOfferOut]
    next_: None | str

    def to_dict(self) -> dict[str, Any]:
        from ..models.operator_offer_out import OperatorOfferOut

        items = []
        for items_item_data in self.items:
            items_item: dict[str, Any]
            if isinstance(items_item_data, OperatorOfferOut):
                items_item = items_item_data.to_dict()
            else:
                items_item = items_item_data.to_dict()

            items.append(items_item)

        next_: None | str
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
        from ..models.offer_out import OfferOut
        from ..models.operator_offer_out import OperatorOfferOut

        d = dict(src_dict)
        items = []
        _items = d.pop("items")
        for items_item_data in _items:

            def _parse_items_item(data: object) -> OfferOut | OperatorOfferOut:
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    items_item_type_0 = OperatorOfferOut.from_dict(data)

                    return items_item_type_0
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                items_item_type_1 = OfferOut.from_dict(data)

                return items_item_type_1

            items_item = _parse_items_item(items_item_data)

            items.append(items_item)

        def _parse_next_(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        next_ = _parse_next_(d.pop("next"))

        offers_out = cls(
            items=items,
            next_=next_,
        )

        return offers_out
