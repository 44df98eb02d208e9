from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="WalletLineOut")


@_attrs_define
class WalletLineOut:
    """
    Attributes:
        wallet_id (str):
        user_id (str):
        currency (str):
    """

    wallet_id: str
    user_id: str
    currency: str

    def to_dict(self) -> dict[str, Any]:
        wallet_id = self.wallet_id

        user_id = self.user_id

        currency = self.currency

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "wallet_id": wallet_id,
                "user_id": user_id,
                "currency": currency,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        wallet_id = d.pop("wallet_id")

        user_id = d.pop("user_id")

        currency = d.pop("currency")

        wallet_line_out = cls(
            wallet_id=wallet_id,
            user_id=user_id,
            currency=currency,
        )

        return wallet_line_out
