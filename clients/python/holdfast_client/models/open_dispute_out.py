from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.open_dispute_out_by import OpenDisputeOutBy

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="OpenDisputeOut")


@_attrs_define
class OpenDisputeOut:
    """A dispute that has not ended.

    Attributes:
        id (str):
        deal_id (str):
        marketplace_id (str):
        title (str):
        price (MoneyOut):
        buyer_id (str):
        seller_id (str):
        by (OpenDisputeOutBy):
        reason (str):
        since (datetime.datetime): RFC 3339, UTC.
        answer_by (datetime.datetime): RFC 3339, UTC.
        answered_at (datetime.datetime | None):
        decide_by (datetime.datetime): RFC 3339, UTC.
        escalated_at (datetime.datetime | None):
        arbiter_id (None | str):
    """

    id: str
    deal_id: str
    marketplace_id: str
    title: str
    price: MoneyOut
    buyer_id: str
    seller_id: str
    by: OpenDisputeOutBy
    reason: str
    since: datetime.datetime
    answer_by: datetime.datetime
    answered_at: datetime.datetime | None
    decide_by: datetime.datetime
    escalated_at: datetime.datetime | None
    arbiter_id: None | str

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        deal_id = self.deal_id

        marketplace_id = self.marketplace_id

        title = self.title

        price = self.price.to_dict()

        buyer_id = self.buyer_id

        seller_id = self.seller_id

        by = self.by.value

        reason = self.reason

        since = self.since.isoformat()

        answer_by = self.answer_by.isoformat()

        answered_at: None | str
        if isinstance(self.answered_at, datetime.datetime):
            answered_at = self.answered_at.isoformat()
        else:
            answered_at = self.answered_at

        decide_by = self.decide_by.isoformat()

        escalated_at: None | str
        if isinstance(self.escalated_at, datetime.datetime):
            escalated_at = self.escalated_at.isoformat()
        else:
            escalated_at = self.escalated_at

        arbiter_id: None | str
        arbiter_id = self.arbiter_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "deal_id": deal_id,
                "marketplace_id": marketplace_id,
                "title": title,
                "price": price,
                "buyer_id": buyer_id,
                "seller_id": seller_id,
                "by": by,
                "reason": reason,
                "since": since,
                "answer_by": answer_by,
                "answered_at": answered_at,
                "decide_by": decide_by,
                "escalated_at": escalated_at,
                "arbiter_id": arbiter_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        id = d.pop("id")

        deal_id = d.pop("deal_id")

        marketplace_id = d.pop("marketplace_id")

        title = d.pop("title")

        price = MoneyOut.from_dict(d.pop("price"))

        buyer_id = d.pop("buyer_id")

        seller_id = d.pop("seller_id")

        by = OpenDisputeOutBy(d.pop("by"))

        reason = d.pop("reason")

        since = datetime.datetime.fromisoformat(d.pop("since"))

        answer_by = datetime.datetime.fromisoformat(d.pop("answer_by"))

        def _parse_answered_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                answered_at_type_0 = datetime.datetime.fromisoformat(data)

                return answered_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        answered_at = _parse_answered_at(d.pop("answered_at"))

        decide_by = datetime.datetime.fromisoformat(d.pop("decide_by"))

        def _parse_escalated_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                escalated_at_type_0 = datetime.datetime.fromisoformat(data)

                return escalated_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        escalated_at = _parse_escalated_at(d.pop("escalated_at"))

        def _parse_arbiter_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        arbiter_id = _parse_arbiter_id(d.pop("arbiter_id"))

        open_dispute_out = cls(
            id=id,
            deal_id=deal_id,
            marketplace_id=marketplace_id,
            title=title,
            price=price,
            buyer_id=buyer_id,
            seller_id=seller_id,
            by=by,
            reason=reason,
            since=since,
            answer_by=answer_by,
            answered_at=answered_at,
            decide_by=decide_by,
            escalated_at=escalated_at,
            arbiter_id=arbiter_id,
        )

        return open_dispute_out
