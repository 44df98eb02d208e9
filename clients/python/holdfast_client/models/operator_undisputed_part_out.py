from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="OperatorUndisputedPartOut")


@_attrs_define
class OperatorUndisputedPartOut:
    """The same as operators see it: `amount` is `seller` and `commission` together.

    Attributes:
        amount (MoneyOut):
        fee (MoneyOut):
        fee_returns (bool):
        kept (MoneyOut):
        seller (MoneyOut):
        commission (MoneyOut):
    """

    amount: MoneyOut
    fee: MoneyOut
    fee_returns: bool
    kept: MoneyOut
    seller: MoneyOut
    commission: MoneyOut

    def to_dict(self) -> dict[str, Any]:
        amount = self.amount.to_dict()

        fee = self.fee.to_dict()

        fee_returns = self.fee_returns

        kept = self.kept.to_dict()

        seller = self.seller.to_dict()

        commission = self.commission.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "amount": amount,
                "fee": fee,
                "fee_returns": fee_returns,
                "kept": kept,
                "seller": seller,
                "commission": commission,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        amount = MoneyOut.from_dict(d.pop("amount"))

        fee = MoneyOut.from_dict(d.pop("fee"))

        fee_returns = d.pop("fee_returns")

        kept = MoneyOut.from_dict(d.pop("kept"))

        seller = MoneyOut.from_dict(d.pop("seller"))

        commission = MoneyOut.from_dict(d.pop("commission"))

        operator_undisputed_part_out = cls(
            amount=amount,
            fee=fee,
            fee_returns=fee_returns,
            kept=kept,
            seller=seller,
            commission=commission,
        )

        return operator_undisputed_part_out
