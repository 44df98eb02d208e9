from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar
from uuid import UUID

from attrs import define as _attrs_define

from ..models.correction_in_direction import CorrectionInDirection

if TYPE_CHECKING:
    from ..models.money_in import MoneyIn


T = TypeVar("T", bound="CorrectionIn")


@_attrs_define
class CorrectionIn:
    """An operator's request to put a mistake right. The wallet's owner reads the reason, which is kept for good.

    Attributes:
        wallet_id (UUID):
        direction (CorrectionInDirection):
        amount (MoneyIn): A positive amount of one currency.
        reason (str):
    """

    wallet_id: UUID
    direction: CorrectionInDirection
    amount: MoneyIn
    reason: str

    def to_dict(self) -> dict[str, Any]:
        wallet_id = str(self.wallet_id)

        direction = self.direction.value

        amount = self.amount.to_dict()

        reason = self.reason

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "wallet_id": wallet_id,
                "direction": direction,
                "amount": amount,
                "reason": reason,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_in import MoneyIn

        d = dict(src_dict)
        wallet_id = UUID(d.pop("wallet_id"))

        direction = CorrectionInDirection(d.pop("direction"))

        amount = MoneyIn.from_dict(d.pop("amount"))

        reason = d.pop("reason")

        correction_in = cls(
            wallet_id=wallet_id,
            direction=direction,
            amount=amount,
            reason=reason,
        )

        return correction_in
