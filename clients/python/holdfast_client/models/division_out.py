from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.ruling import Ruling

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut
    from ..models.posting_out import PostingOut


T = TypeVar("T", bound="DivisionOut")


@_attrs_define
class DivisionOut:
    """What a ruling would mean in money. The price is `back`, `seller` and `commission` together.

    Attributes:
        ruling (Ruling): Whose the money is after a dispute; the words of the overrides that decide.
        back (MoneyOut):
        fee_back (MoneyOut):
        seller (MoneyOut):
        commission (MoneyOut):
        fee (MoneyOut):
        postings (list[PostingOut]):
    """

    ruling: Ruling
    back: MoneyOut
    fee_back: MoneyOut
    seller: MoneyOut
    commission: MoneyOut
    fee: MoneyOut
    postings: list[PostingOut]

    def to_dict(self) -> dict[str, Any]:
        ruling = self.ruling.value

        back = self.back.to_dict()

        fee_back = self.fee_back.to_dict()

        seller = self.seller.to_dict()

        commission = self.commission.to_dict()

        fee = self.fee.to_dict()

        postings = []
        for postings_item_data in self.postings:
            postings_item = postings_item_data.to_dict()
            postings.append(postings_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "ruling": ruling,
                "back": back,
                "fee_back": fee_back,
                "seller": seller,
                "commission": commission,
                "fee": fee,
                "postings": postings,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut
        from ..models.posting_out import PostingOut

        d = dict(src_dict)
        ruling = Ruling(d.pop("ruling"))

        back = MoneyOut.from_dict(d.pop("back"))

        fee_back = MoneyOut.from_dict(d.pop("fee_back"))

        seller = MoneyOut.from_dict(d.pop("seller"))

        commission = MoneyOut.from_dict(d.pop("commission"))

        fee = MoneyOut.from_dict(d.pop("fee"))

        postings = []
        _postings = d.pop("postings")
        for postings_item_data in _postings:
            postings_item = PostingOut.from_dict(postings_item_data)

            postings.append(postings_item)

        division_out = cls(
            ruling=ruling,
            back=back,
            fee_back=fee_back,
            seller=seller,
            commission=commission,
            fee=fee,
            postings=postings,
        )

        return division_out
