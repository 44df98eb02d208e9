from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.fee_bearer import FeeBearer
from ..models.refund_out_waiting_for_type_0 import RefundOutWaitingForType0
from ..models.refund_state import RefundState
from ..models.terms_cause import TermsCause

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="RefundOut")


@_attrs_define
class RefundOut:
    """A refund as marketplaces see it.

    Attributes:
        id (str):
        deal_id (str):
        number (int):
        amount (MoneyOut):
        fee (FeeBearer): What happens to the payer's bank fee when money goes back.
        fee_refunded (MoneyOut):
        cause (TermsCause): Why released money goes back.
        reason (str):
        state (RefundState):
        waiting_for (None | RefundOutWaitingForType0):
        flagged_at (datetime.datetime | None):
        created_at (datetime.datetime): RFC 3339, UTC.
        final_at (datetime.datetime | None):
    """

    id: str
    deal_id: str
    number: int
    amount: MoneyOut
    fee: FeeBearer
    fee_refunded: MoneyOut
    cause: TermsCause
    reason: str
    state: RefundState
    waiting_for: None | RefundOutWaitingForType0
    flagged_at: datetime.datetime | None
    created_at: datetime.datetime
    final_at: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        deal_id = self.deal_id

        number = self.number

        amount = self.amount.to_dict()

        fee = self.fee.value

        fee_refunded = self.fee_refunded.to_dict()

        cause = self.cause.value

        reason = self.reason

        state = self.state.value

        waiting_for: None | str
        if isinstance(self.waiting_for, RefundOutWaitingForType0):
            waiting_for = self.waiting_for.value
        else:
            waiting_for = self.waiting_for

        flagged_at: None | str
        if isinstance(self.flagged_at, datetime.datetime):
            flagged_at = self.flagged_at.isoformat()
        else:
            flagged_at = self.flagged_at

        created_at = self.created_at.isoformat()

        final_at: None | str
        if isinstance(self.final_at, datetime.datetime):
            final_at = self.final_at.isoformat()
        else:
            final_at = self.final_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "deal_id": deal_id,
                "number": number,
                "amount": amount,
                "fee": fee,
                "fee_refunded": fee_refunded,
                "cause": cause,
                "reason": reason,
                "state": state,
                "waiting_for": waiting_for,
                "flagged_at": flagged_at,
                "created_at": created_at,
                "final_at": final_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        id = d.pop("id")

        deal_id = d.pop("deal_id")

        number = d.pop("number")

        amount = MoneyOut.from_dict(d.pop("amount"))

        fee = FeeBearer(d.pop("fee"))

        fee_refunded = MoneyOut.from_dict(d.pop("fee_refunded"))

        cause = TermsCause(d.pop("cause"))

        reason = d.pop("reason")

        state = RefundState(d.pop("state"))

        def _parse_waiting_for(data: object) -> None | RefundOutWaitingForType0:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                waiting_for_type_0 = RefundOutWaitingForType0(data)

                return waiting_for_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | RefundOutWaitingForType0, data)

        waiting_for = _parse_waiting_for(d.pop("waiting_for"))

        def _parse_flagged_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                flagged_at_type_0 = datetime.datetime.fromisoformat(data)

                return flagged_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        flagged_at = _parse_flagged_at(d.pop("flagged_at"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_final_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                final_at_type_0 = datetime.datetime.fromisoformat(data)

                return final_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        final_at = _parse_final_at(d.pop("final_at"))

        refund_out = cls(
            id=id,
            deal_id=deal_id,
            number=number,
            amount=amount,
            fee=fee,
            fee_refunded=fee_refunded,
            cause=cause,
            reason=reason,
            state=state,
            waiting_for=waiting_for,
            flagged_at=flagged_at,
            created_at=created_at,
            final_at=final_at,
        )

        return refund_out
