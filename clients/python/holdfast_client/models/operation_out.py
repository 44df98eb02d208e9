from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar

from attrs import define as _attrs_define

from ..models.kind import Kind
from ..models.operation_out_direction import OperationOutDirection

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="OperationOut")


@_attrs_define
class OperationOut:
    """One operation of a wallet, with the `balance` after it, of which `held` is on hold.

    A deposit, transfer or capture moved `amount`, and `direction` says which way. A hold reserves it and a void frees
    it: the balance stays, and the direction is `none`. So the amounts with their direction add up to the balance.
    `deal`: it was paid into a deal, or came out of one, as the seller's money or as a refund.

        Attributes:
            operation_id (str):
            kind (Kind): What an operation is to the owner of the wallet.
            direction (OperationOutDirection):
            amount (MoneyOut):
            balance (MoneyOut):
            held (MoneyOut):
            counterparty (str): The id of the other user or of the deal, the name of the deposit's source, the bank of a
                withdrawal, or `platform`.
            details (str):
            created_at (datetime.datetime): RFC 3339, UTC.
    """

    operation_id: str
    kind: Kind
    direction: OperationOutDirection
    amount: MoneyOut
    balance: MoneyOut
    held: MoneyOut
    counterparty: str
    details: str
    created_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        operation_id = self.operation_id

        kind = self.kind.value

        direction = self.direction.value

        amount = self.amount.to_dict()

        balance = self.balance.to_dict()

        held = self.held.to_dict()

        counterparty = self.counterparty

        details = self.details

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "operation_id": operation_id,
                "kind": kind,
                "direction": direction,
                "amount": amount,
                "balance": balance,
                "held": held,
                "counterparty": counterparty,
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

        kind = Kind(d.pop("kind"))

        direction = OperationOutDirection(d.pop("direction"))

        amount = MoneyOut.from_dict(d.pop("amount"))

        balance = MoneyOut.from_dict(d.pop("balance"))

        held = MoneyOut.from_dict(d.pop("held"))

        counterparty = d.pop("counterparty")

        details = d.pop("details")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        operation_out = cls(
            operation_id=operation_id,
            kind=kind,
            direction=direction,
            amount=amount,
            balance=balance,
            held=held,
            counterparty=counterparty,
            details=details,
            created_at=created_at,
        )

        return operation_out
