from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut
    from ..models.words_out import WordsOut


T = TypeVar("T", bound="RefundMoneyOut")


@_attrs_define
class RefundMoneyOut:
    """The part of the price that goes back, or went back, after the release.

    Attributes:
        refund_id (str):
        number (int):
        status_text (WordsOut): The status text: what is awaited, from whom, until when, and what happens otherwise.
        amount (MoneyOut):
    """

    refund_id: str
    number: int
    status_text: WordsOut
    amount: MoneyOut

    def to_dict(self) -> dict[str, Any]:
        refund_id = self.refund_id

        number = self.number

        status_text = self.status_text.to_dict()

        amount = self.amount.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "refund_id": refund_id,
                "number": number,
                "status_text": status_text,
                "amount": amount,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut
        from ..models.words_out import WordsOut

        d = dict(src_dict)
        refund_id = d.pop("refund_id")

        number = d.pop("number")

        status_text = WordsOut.from_dict(d.pop("status_text"))

        amount = MoneyOut.from_dict(d.pop("amount"))

        refund_money_out = cls(
            refund_id=refund_id,
            number=number,
            status_text=status_text,
            amount=amount,
        )

        return refund_money_out
