from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.fee_rule_out import FeeRuleOut
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="QuoteOut")


@_attrs_define
class QuoteOut:
    """What a payer would pay: `amount` reaches the deal, `fee` is the payer's bank's, `total` leaves the account.

    What goes back before the seller is paid includes the fee; after that `on_refund` decides.

        Attributes:
            amount (MoneyOut):
            fee (MoneyOut):
            total (MoneyOut):
            left (MoneyOut):
            minimum_applies (bool):
            on_refund (list[FeeRuleOut]):
    """

    amount: MoneyOut
    fee: MoneyOut
    total: MoneyOut
    left: MoneyOut
    minimum_applies: bool
    on_refund: list[FeeRuleOut]

    def to_dict(self) -> dict[str, Any]:
        amount = self.amount.to_dict()

        fee = self.fee.to_dict()

        total = self.total.to_dict()

        left = self.left.to_dict()

        minimum_applies = self.minimum_applies

        on_refund = []
        for on_refund_item_data in self.on_refund:
            on_refund_item = on_refund_item_data.to_dict()
            on_refund.append(on_refund_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "amount": amount,
                "fee": fee,
                "total": total,
                "left": left,
                "minimum_applies": minimum_applies,
                "on_refund": on_refund,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.fee_rule_out import FeeRuleOut
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        amount = MoneyOut.from_dict(d.pop("amount"))

        fee = MoneyOut.from_dict(d.pop("fee"))

        total = MoneyOut.from_dict(d.pop("total"))

        left = MoneyOut.from_dict(d.pop("left"))

        minimum_applies = d.pop("minimum_applies")

        on_refund = []
        _on_refund = d.pop("on_refund")
        for on_refund_item_data in _on_refund:
            on_refund_item = FeeRuleOut.from_dict(on_refund_item_data)

            on_refund.append(on_refund_item)

        quote_out = cls(
            amount=amount,
            fee=fee,
            total=total,
            left=left,
            minimum_applies=minimum_applies,
            on_refund=on_refund,
        )

        return quote_out
