from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="OfferToSettleOut")


@_attrs_define
class OfferToSettleOut:
    """
    Attributes:
        number (int):
        at (datetime.datetime): RFC 3339, UTC.
        back (MoneyOut):
        text (None | str):
    """

    number: int
    at: datetime.datetime
    back: MoneyOut
    text: None | str

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        at = self.at.isoformat()

        back = self.back.to_dict()

        text: None | str
        text = self.text

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "number": number,
                "at": at,
                "back": back,
                "text": text,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        number = d.pop("number")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        back = MoneyOut.from_dict(d.pop("back"))

        def _parse_text(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        text = _parse_text(d.pop("text"))

        offer_to_settle_out = cls(
            number=number,
            at=at,
            back=back,
            text=text,
        )

        return offer_to_settle_out
