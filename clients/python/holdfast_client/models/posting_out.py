from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="PostingOut")


@_attrs_define
class PostingOut:
    """
    Attributes:
        payment_id (str):
        step (str):
        amount (MoneyOut):
        source (str):
        to (str):
    """

    payment_id: str
    step: str
    amount: MoneyOut
    source: str
    to: str

    def to_dict(self) -> dict[str, Any]:
        payment_id = self.payment_id

        step = self.step

        amount = self.amount.to_dict()

        source = self.source

        to = self.to

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "payment_id": payment_id,
                "step": step,
                "amount": amount,
                "source": source,
                "to": to,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        payment_id = d.pop("payment_id")

        step = d.pop("step")

        amount = MoneyOut.from_dict(d.pop("amount"))

        source = d.pop("source")

        to = d.pop("to")

        posting_out = cls(
            payment_id=payment_id,
            step=step,
            amount=amount,
            source=source,
            to=to,
        )

        return posting_out
