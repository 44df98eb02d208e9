from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.money_in import MoneyIn


T = TypeVar("T", bound="PaymentRequestIn")


@_attrs_define
class PaymentRequestIn:
    """
    Attributes:
        to_wallet_id (UUID): Of the payee, who asks.
        from_wallet_id (UUID): Of the payer, who is asked.
        amount (MoneyIn): A positive amount of one currency.
        details (str | Unset): Shown in the operations of both sides. Default: ''.
        expires_in_s (int | Unset): Seconds for which it can be confirmed. Default: 604800.
    """

    to_wallet_id: UUID
    from_wallet_id: UUID
    amount: MoneyIn
    details: str | Unset = ""
    expires_in_s: int | Unset = 604800

    def to_dict(self) -> dict[str, Any]:
        to_wallet_id = str(self.to_wallet_id)

        from_wallet_id = str(self.from_wallet_id)

        amount = self.amount.to_dict()

        details = self.details

        expires_in_s = self.expires_in_s

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "to_wallet_id": to_wallet_id,
                "from_wallet_id": from_wallet_id,
                "amount": amount,
            }
        )
        if details is not UNSET:
            field_dict["details"] = details
        if expires_in_s is not UNSET:
            field_dict["expires_in_s"] = expires_in_s

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_in import MoneyIn

        d = dict(src_dict)
        to_wallet_id = UUID(d.pop("to_wallet_id"))

        from_wallet_id = UUID(d.pop("from_wallet_id"))

        amount = MoneyIn.from_dict(d.pop("amount"))

        details = d.pop("details", UNSET)

        expires_in_s = d.pop("expires_in_s", UNSET)

        payment_request_in = cls(
            to_wallet_id=to_wallet_id,
            from_wallet_id=from_wallet_id,
            amount=amount,
            details=details,
            expires_in_s=expires_in_s,
        )

        return payment_request_in
