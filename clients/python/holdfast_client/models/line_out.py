from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.item import Item

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="LineOut")


@_attrs_define
class LineOut:
    """One item of one payment; null for money of no known payment.

    Attributes:
        payment_id (None | str):
        item (Item): What books and banks can both say about one payment, in this order.
        books (MoneyOut):
        banks (MoneyOut | None):
    """

    payment_id: None | str
    item: Item
    books: MoneyOut
    banks: MoneyOut | None

    def to_dict(self) -> dict[str, Any]:
        from ..models.money_out import MoneyOut

        payment_id: None | str
        payment_id = self.payment_id

        item = self.item.value

        books = self.books.to_dict()

        banks: dict[str, Any] | None
        if isinstance(self.banks, MoneyOut):
            banks = self.banks.to_dict()
        else:
            banks = self.banks

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "payment_id": payment_id,
                "item": item,
                "books": books,
                "banks": banks,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)

        def _parse_payment_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        payment_id = _parse_payment_id(d.pop("payment_id"))

        item = Item(d.pop("item"))

        books = MoneyOut.from_dict(d.pop("books"))

        def _parse_banks(data: object) -> MoneyOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                banks_type_0 = MoneyOut.from_dict(data)

                return banks_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyOut | None, data)

        banks = _parse_banks(d.pop("banks"))

        line_out = cls(
            payment_id=payment_id,
            item=item,
            books=books,
            banks=banks,
        )

        return line_out
