from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="LimitsOut")


@_attrs_define
class LimitsOut:
    """For one top-up. `fee` is what the platform takes out of it; the sender's own costs are extra.

    Attributes:
        currency (str):
        minimum (MoneyOut):
        maximum (MoneyOut):
        fee (MoneyOut):
    """

    currency: str
    minimum: MoneyOut
    maximum: MoneyOut
    fee: MoneyOut

    def to_dict(self) -> dict[str, Any]:
        currency = self.currency

        minimum = self.minimum.to_dict()

        maximum = self.maximum.to_dict()

        fee = self.fee.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "currency": currency,
                "minimum": minimum,
                "maximum": maximum,
                "fee": fee,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        currency = d.pop("currency")

        minimum = MoneyOut.from_dict(d.pop("minimum"))

        maximum = MoneyOut.from_dict(d.pop("maximum"))

        fee = MoneyOut.from_dict(d.pop("fee"))

        limits_out = cls(
            currency=currency,
            minimum=minimum,
            maximum=maximum,
            fee=fee,
        )

        return limits_out
