from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.money_in import MoneyIn


T = TypeVar("T", bound="DepositIn")


@_attrs_define
class DepositIn:
    """
    Attributes:
        wallet_id (UUID):
        amount (MoneyIn): A positive amount of one currency.
        details (str | Unset): Shown in the operations of both sides. Default: ''.
    """

    wallet_id: UUID
    amount: MoneyIn
    details: str | Unset = ""

    def to_dict(self) -> dict[str, Any]:
        wallet_id = str(self.wallet_id)

        amount = self.amount.to_dict()

        details = self.details

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "wallet_id": wallet_id,
                "amount": amount,
            }
        )
        if details is not UNSET:
            field_dict["details"] = details

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_in import MoneyIn

        d = dict(src_dict)
        wallet_id = UUID(d.pop("wallet_id"))

        amount = MoneyIn.from_dict(d.pop("amount"))

        details = d.pop("details", UNSET)

        deposit_in = cls(
            wallet_id=wallet_id,
            amount=amount,
            details=details,
        )

        return deposit_in
