from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="DepositOut")


@_attrs_define
class DepositOut:
    """`balance` is that of the wallet right after the deposit.

    Attributes:
        operation_id (str):
        wallet_id (str):
        amount (MoneyOut):
        balance (MoneyOut):
        details (str):
        created_at (datetime.datetime): RFC 3339, UTC.
    """

    operation_id: str
    wallet_id: str
    amount: MoneyOut
    balance: MoneyOut
    details: str
    created_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        operation_id = self.operation_id

        wallet_id = self.wallet_id

        amount = self.amount.to_dict()

        balance = self.balance.to_dict()

        details = self.details

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "operation_id": operation_id,
                "wallet_id": wallet_id,
                "amount": amount,
                "balance": balance,
                "details": details,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        operation_id = d.pop("operation_id")

        wallet_id = d.pop("wallet_id")

        amount = MoneyOut.from_dict(d.pop("amount"))

        balance = MoneyOut.from_dict(d.pop("balance"))

        details = d.pop("details")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        deposit_out = cls(
            operation_id=operation_id,
            wallet_id=wallet_id,
            amount=amount,
            balance=balance,
            details=details,
            created_at=created_at,
        )

        return deposit_out
