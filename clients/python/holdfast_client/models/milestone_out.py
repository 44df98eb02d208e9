from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.deal_state import DealState

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="MilestoneOut")


@_attrs_define
class MilestoneOut:
    """A milestone in short: `GET /deals/{deal_id}` shows it whole.

    Attributes:
        number (int):
        deal_id (str):
        title (str):
        state (DealState):
        price (MoneyOut):
        paid (MoneyOut):
        pay_by (datetime.datetime | None):
    """

    number: int
    deal_id: str
    title: str
    state: DealState
    price: MoneyOut
    paid: MoneyOut
    pay_by: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        number = self.number

        deal_id = self.deal_id

        title = self.title

        state = self.state.value

        price = self.price.to_dict()

        paid = self.paid.to_dict()

        pay_by: None | str
        if isinstance(self.pay_by, datetime.datetime):
            pay_by = self.pay_by.isoformat()
        else:
            pay_by = self.pay_by

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "number": number,
                "deal_id": deal_id,
                "title": title,
                "state": state,
                "price": price,
                "paid": paid,
                "pay_by": pay_by,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        number = d.pop("number")

        deal_id = d.pop("deal_id")

        title = d.pop("title")

        state = DealState(d.pop("state"))

        price = MoneyOut.from_dict(d.pop("price"))

        paid = MoneyOut.from_dict(d.pop("paid"))

        def _parse_pay_by(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                pay_by_type_0 = datetime.datetime.fromisoformat(data)

                return pay_by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        pay_by = _parse_pay_by(d.pop("pay_by"))

        milestone_out = cls(
            number=number,
            deal_id=deal_id,
            title=title,
            state=state,
            price=price,
            paid=paid,
            pay_by=pay_by,
        )

        return milestone_out
