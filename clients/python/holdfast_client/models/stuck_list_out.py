from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.books_out import BooksOut
    from ..models.redrive_out import RedriveOut
    from ..models.stuck_out import StuckOut


T = TypeVar("T", bound="StuckListOut")


@_attrs_define
class StuckListOut:
    """
    Attributes:
        items (list[StuckOut]):
        redriver (RedriveOut): The redriver sends lost signals again: when it last went through everything.
        books (BooksOut): Whether the market's books are behind the bank's checkpoint, as after a restore from an older
            copy.
    """

    items: list[StuckOut]
    redriver: RedriveOut
    books: BooksOut

    def to_dict(self) -> dict[str, Any]:
        items = []
        for items_item_data in self.items:
            items_item = items_item_data.to_dict()
            items.append(items_item)

        redriver = self.redriver.to_dict()

        books = self.books.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "items": items,
                "redriver": redriver,
                "books": books,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.books_out import BooksOut
        from ..models.redrive_out import RedriveOut
        from ..models.stuck_out import StuckOut

        d = dict(src_dict)
        items = []
        _items = d.pop("items")
        for items_item_data in _items:
            items_item = StuckOut.from_dict(items_item_data)

            items.append(items_item)

        redriver = RedriveOut.from_dict(d.pop("redriver"))

        books = BooksOut.from_dict(d.pop("books"))

        stuck_list_out = cls(
            items=items,
            redriver=redriver,
            books=books,
        )

        return stuck_list_out
