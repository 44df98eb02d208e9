from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.correction_state import CorrectionState
from ..models.corrections_way import CorrectionsWay

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="CorrectionOut")


@_attrs_define
class CorrectionOut:
    """
    Attributes:
        id (str):
        wallet_id (str):
        direction (CorrectionsWay): Which way the money goes, as the wallet's owner sees it.
        amount (MoneyOut):
        reason (str):
        state (CorrectionState):
        requested_by (str):
        decided_by (None | str):
        operation_id (None | str):
        created_at (datetime.datetime): RFC 3339, UTC.
        decided_at (datetime.datetime | None):
    """

    id: str
    wallet_id: str
    direction: CorrectionsWay
    amount: MoneyOut
    reason: str
    state: CorrectionState
    requested_by: str
    decided_by: None | str
    operation_id: None | str
    created_at: datetime.datetime
    decided_at: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        wallet_id = self.wallet_id

        direction = self.direction.value

        amount = self.amount.to_dict()

        reason = self.reason

        state = self.state.value

        requested_by = self.requested_by

        decided_by: None | str
        decided_by = self.decided_by

        operation_id: None | str
        operation_id = self.operation_id

        created_at = self.created_at.isoformat()

        decided_at: None | str
        if isinstance(self.decided_at, datetime.datetime):
            decided_at = self.decided_at.isoformat()
        else:
            decided_at = self.decided_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "wallet_id": wallet_id,
                "direction": direction,
                "amount": amount,
                "reason": reason,
                "state": state,
                "requested_by": requested_by,
                "decided_by": decided_by,
                "operation_id": operation_id,
                "created_at": created_at,
                "decided_at": decided_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        id = d.pop("id")

        wallet_id = d.pop("wallet_id")

        direction = CorrectionsWay(d.pop("direction"))

        amount = MoneyOut.from_dict(d.pop("amount"))

        reason = d.pop("reason")

        state = CorrectionState(d.pop("state"))

        requested_by = d.pop("requested_by")

        def _parse_decided_by(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        decided_by = _parse_decided_by(d.pop("decided_by"))

        def _parse_operation_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        operation_id = _parse_operation_id(d.pop("operation_id"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_decided_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                decided_at_type_0 = datetime.datetime.fromisoformat(data)

                return decided_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        decided_at = _parse_decided_at(d.pop("decided_at"))

        correction_out = cls(
            id=id,
            wallet_id=wallet_id,
            direction=direction,
            amount=amount,
            reason=reason,
            state=state,
            requested_by=requested_by,
            decided_by=decided_by,
            operation_id=operation_id,
            created_at=created_at,
            decided_at=decided_at,
        )

        return correction_out
