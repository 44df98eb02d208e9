from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut
    from ..models.place_out import PlaceOut
    from ..models.words_out import WordsOut


T = TypeVar("T", bound="PaymentMoneyOut")


@_attrs_define
class PaymentMoneyOut:
    """
    Attributes:
        payment_id (str):
        status_text (WordsOut): The status text: what is awaited, from whom, until when, and what happens otherwise.
        total (MoneyOut):
        guarantee (MoneyOut):
        places (list[PlaceOut]):
    """

    payment_id: str
    status_text: WordsOut
    total: MoneyOut
    guarantee: MoneyOut
    places: list[PlaceOut]

    def to_dict(self) -> dict[str, Any]:
        payment_id = self.payment_id

        status_text = self.status_text.to_dict()

        total = self.total.to_dict()

        guarantee = self.guarantee.to_dict()

        places = []
        for places_item_data in self.places:
            places_item = places_item_data.to_dict()
            places.append(places_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "payment_id": payment_id,
                "status_text": status_text,
                "total": total,
                "guarantee": guarantee,
                "places": places,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut
        from ..models.place_out import PlaceOut
        from ..models.words_out import WordsOut

        d = dict(src_dict)
        payment_id = d.pop("payment_id")

        status_text = WordsOut.from_dict(d.pop("status_text"))

        total = MoneyOut.from_dict(d.pop("total"))

        guarantee = MoneyOut.from_dict(d.pop("guarantee"))

        places = []
        _places = d.pop("places")
        for places_item_data in _places:
            places_item = PlaceOut.from_dict(places_item_data)

            places.append(places_item)

        payment_money_out = cls(
            payment_id=payment_id,
            status_text=status_text,
            total=total,
            guarantee=guarantee,
            places=places,
        )

        return payment_money_out
