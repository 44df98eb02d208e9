from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="TotalsOut")


@_attrs_define
class TotalsOut:
    """
    Attributes:
        taken (MoneyOut):
        guarantee (MoneyOut):
        paid_out (MoneyOut):
        commission (MoneyOut):
        owed (MoneyOut):
        fees (MoneyOut):
        refunded (MoneyOut):
        held (MoneyOut):
    """

    taken: MoneyOut
    guarantee: MoneyOut
    paid_out: MoneyOut
    commission: MoneyOut
    owed: MoneyOut
    fees: MoneyOut
    refunded: MoneyOut
    held: MoneyOut

    def to_dict(self) -> dict[str, Any]:
        taken = self.taken.to_dict()

        guarantee = self.guarantee.to_dict()

        paid_out = self.paid_out.to_dict()

        commission = self.commission.to_dict()

        owed = self.owed.to_dict()

        fees = self.fees.to_dict()

        refunded = self.refunded.to_dict()

        held = self.held.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "taken": taken,
                "guarantee": guarantee,
                "paid_out": paid_out,
                "commission": commission,
                "owed": owed,
                "fees": fees,
                "refunded": refunded,
                "held": held,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        taken = MoneyOut.from_dict(d.pop("taken"))

        guarantee = MoneyOut.from_dict(d.pop("guarantee"))

        paid_out = MoneyOut.from_dict(d.pop("paid_out"))

        commission = MoneyOut.from_dict(d.pop("commission"))

        owed = MoneyOut.from_dict(d.pop("owed"))

        fees = MoneyOut.from_dict(d.pop("fees"))

        refunded = MoneyOut.from_dict(d.pop("refunded"))

        held = MoneyOut.from_dict(d.pop("held"))

        totals_out = cls(
            taken=taken,
            guarantee=guarantee,
            paid_out=paid_out,
            commission=commission,
            owed=owed,
            fees=fees,
            refunded=refunded,
            held=held,
        )

        return totals_out
