from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="FeeOut")


@_attrs_define
class FeeOut:
    """
    Attributes:
        payer_bank (int):
        payee_bank (int):
        percent (str):
        minimum (MoneyOut):
        refreshed_at (datetime.datetime): RFC 3339, UTC.
        age_s (int):
    """

    payer_bank: int
    payee_bank: int
    percent: str
    minimum: MoneyOut
    refreshed_at: datetime.datetime
    age_s: int

    def to_dict(self) -> dict[str, Any]:
        payer_bank = self.payer_bank

        payee_bank = self.payee_bank

        percent = self.percent

        minimum = self.minimum.to_dict()

        refreshed_at = self.refreshed_at.isoformat()

        age_s = self.age_s

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "payer_bank": payer_bank,
                "payee_bank": payee_bank,
                "percent": percent,
                "minimum": minimum,
                "refreshed_at": refreshed_at,
                "age_s": age_s,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        payer_bank = d.pop("payer_bank")

        payee_bank = d.pop("payee_bank")

        percent = d.pop("percent")

        minimum = MoneyOut.from_dict(d.pop("minimum"))

        refreshed_at = datetime.datetime.fromisoformat(d.pop("refreshed_at"))

        age_s = d.pop("age_s")

        fee_out = cls(
            payer_bank=payer_bank,
            payee_bank=payee_bank,
            percent=percent,
            minimum=minimum,
            refreshed_at=refreshed_at,
            age_s=age_s,
        )

        return fee_out
