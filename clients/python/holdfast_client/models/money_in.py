from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="MoneyIn")


@_attrs_define
class MoneyIn:
    """A positive amount of one currency.

    Attributes:
        amount (str): Digits, with at most the currency's decimals.
        currency (str): ISO 4217, or USDT.
    """

    amount: str
    currency: str

    def to_dict(self) -> dict[str, Any]:
        amount = self.amount

        currency = self.currency

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "amount": amount,
                "currency": currency,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        amount = d.pop("amount")

        currency = d.pop("currency")

        money_in = cls(
            amount=amount,
            currency=currency,
        )

        return money_in
