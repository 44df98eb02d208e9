from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.stuck_out_what import StuckOutWhat

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="StuckOut")


@_attrs_define
class StuckOut:
    """What needs an operator or takes too long, and since when.

    Attributes:
        what (StuckOutWhat):
        since (datetime.datetime): RFC 3339, UTC.
        deal_id (None | str):
        payment_id (None | str):
        withdrawal_id (None | str):
        awaits (None | str):
        amount (MoneyOut):
    """

    what: StuckOutWhat
    since: datetime.datetime
    deal_id: None | str
    payment_id: None | str
    withdrawal_id: None | str
    awaits: None | str
    amount: MoneyOut

    def to_dict(self) -> dict[str, Any]:
        what = self.what.value

        since = self.since.isoformat()

        deal_id: None | str
        deal_id = self.deal_id

        payment_id: None | str
        payment_id = self.payment_id

        withdrawal_id: None | str
        withdrawal_id = self.withdrawal_id

        awaits: None | str
        awaits = self.awaits

        amount = self.amount.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "what": what,
                "since": since,
                "deal_id": deal_id,
                "payment_id": payment_id,
                "withdrawal_id": withdrawal_id,
                "awaits": awaits,
                "amount": amount,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        what = StuckOutWhat(d.pop("what"))

        since = datetime.datetime.fromisoformat(d.pop("since"))

        def _parse_deal_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        deal_id = _parse_deal_id(d.pop("deal_id"))

        def _parse_payment_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        payment_id = _parse_payment_id(d.pop("payment_id"))

        def _parse_withdrawal_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        withdrawal_id = _parse_withdrawal_id(d.pop("withdrawal_id"))

        def _parse_awaits(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        awaits = _parse_awaits(d.pop("awaits"))

        amount = MoneyOut.from_dict(d.pop("amount"))

        stuck_out = cls(
            what=what,
            since=since,
            deal_id=deal_id,
            payment_id=payment_id,
            withdrawal_id=withdrawal_id,
            awaits=awaits,
            amount=amount,
        )

        return stuck_out
