from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut
    from ..models.operation_out import OperationOut


T = TypeVar("T", bound="WalletOut")


@_attrs_define
class WalletOut:
    """`balance` = `available` + `held`. Operations are the newest first.

    Attributes:
        wallet_id (str):
        user_id (str):
        currency (str):
        balance (MoneyOut):
        available (MoneyOut):
        held (MoneyOut):
        created_at (datetime.datetime): RFC 3339, UTC.
        operations (list[OperationOut]):
        next_ (int | None): `before` of the next page of operations.
    """

    wallet_id: str
    user_id: str
    currency: str
    balance: MoneyOut
    available: MoneyOut
    held: MoneyOut
    created_at: datetime.datetime
    operations: list[OperationOut]
    next_: int | None

    def to_dict(self) -> dict[str, Any]:
        wallet_id = self.wallet_id

        user_id = self.user_id

        currency = self.currency

        balance = self.balance.to_dict()

        available = self.available.to_dict()

        held = self.held.to_dict()

        created_at = self.created_at.isoformat()

        operations = []
        for operations_item_data in self.operations:
            operations_item = operations_item_data.to_dict()
            operations.append(operations_item)

        next_: int | None
        next_ = self.next_

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "wallet_id": wallet_id,
                "user_id": user_id,
                "currency": currency,
                "balance": balance,
                "available": available,
                "held": held,
                "created_at": created_at,
                "operations": operations,
                "next": next_,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut
        from ..models.operation_out import OperationOut

        d = dict(src_dict)
        wallet_id = d.pop("wallet_id")

        user_id = d.pop("user_id")

        currency = d.pop("currency")

        balance = MoneyOut.from_dict(d.pop("balance"))

        available = MoneyOut.from_dict(d.pop("available"))

        held = MoneyOut.from_dict(d.pop("held"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        operations = []
        _operations = d.pop("operations")
        for operations_item_data in _operations:
            operations_item = OperationOut.from_dict(operations_item_data)

            operations.append(operations_item)

        def _parse_next_(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        next_ = _parse_next_(d.pop("next"))

        wallet_out = cls(
            wallet_id=wallet_id,
            user_id=user_id,
            currency=currency,
            balance=balance,
            available=available,
            held=held,
            created_at=created_at,
            operations=operations,
            next_=next_,
        )

        return wallet_out
