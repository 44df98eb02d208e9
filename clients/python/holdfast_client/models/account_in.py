from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="AccountIn")


@_attrs_define
class AccountIn:
    """
    Attributes:
        number (str):
        currency (str): ISO 4217, or USDT.
        payout (bool | Unset): Payouts in this currency go here, as soon as the account is confirmed. Default: False.
    """

    number: str
    currency: str
    payout: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        currency = self.currency

        payout = self.payout

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "number": number,
                "currency": currency,
            }
        )
        if payout is not UNSET:
            field_dict["payout"] = payout

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        number = d.pop("number")

        currency = d.pop("currency")

        payout = d.pop("payout", UNSET)

        account_in = cls(
            number=number,
            currency=currency,
            payout=payout,
        )

        return account_in
