from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.arbiter_dispute_out_by import ArbiterDisputeOutBy
from ..models.dispute_state import DisputeState
from ..models.ruling import Ruling

if TYPE_CHECKING:
    from ..models.entry_out import EntryOut
    from ..models.money_out import MoneyOut
    from ..models.offer_to_settle_out import OfferToSettleOut


T = TypeVar("T", bound="ArbiterDisputeOut")


@_attrs_define
class ArbiterDisputeOut:
    """The same as operators see it.

    Attributes:
        id (str):
        by (ArbiterDisputeOutBy):
        at (datetime.datetime): RFC 3339, UTC.
        reason (str):
        answer_by (datetime.datetime): RFC 3339, UTC.
        decide_by (datetime.datetime): RFC 3339, UTC.
        deal_id (str):
        state (DisputeState):
        answered_at (datetime.datetime | None):
        escalated_at (datetime.datetime | None):
        ended_at (datetime.datetime | None):
        ruling (None | Ruling):
        back (MoneyOut | None):
        disputed (MoneyOut):
        buyers_offer (None | OfferToSettleOut):
        sellers_offer (None | OfferToSettleOut):
        entries (list[EntryOut]):
        decision_reason (None | str):
        arbiter_id (None | str):
        replaced_id (None | str):
    """

    id: str
    by: ArbiterDisputeOutBy
    at: datetime.datetime
    reason: str
    answer_by: datetime.datetime
    decide_by: datetime.datetime
    deal_id: str
    state: DisputeState
    answered_at: datetime.datetime | None
    escalated_at: datetime.datetime | None
    ended_at: datetime.datetime | None
    ruling: None | Ruling
    back: MoneyOut | None
    disputed: MoneyOut
    buyers_offer: None | OfferToSettleOut
    sellers_offer: None | OfferToSettleOut
    entries: list[EntryOut]
    decision_reason: None | str
    arbiter_id: None | str
    replaced_id: None | str

    def to_dict(self) -> dict[str, Any]:
        from ..models.money_out import MoneyOut
        from ..models.offer_to_settle_out import OfferToSettleOut

        id = self.id

        by = self.by.value

        at = self.at.isoformat()

        reason = self.reason

        answer_by = self.answer_by.isoformat()

        decide_by = self.decide_by.isoformat()

        deal_id = self.deal_id

        state = self.state.value

        answered_at: None | str
        if isinstance(self.answered_at, datetime.datetime):
            answered_at = self.answered_at.isoformat()
        else:
            answered_at = self.answered_at

        escalated_at: None | str
        if isinstance(self.escalated_at, datetime.datetime):
            escalated_at = self.escalated_at.isoformat()
        else:
            escalated_at = self.escalated_at

        ended_at: None | str
        if isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        ruling: None | str
        if isinstance(self.ruling, Ruling):
            ruling = self.ruling.value
        else:
            ruling = self.ruling

        back: dict[str, Any] | None
        if isinstance(self.back, MoneyOut):
            back = self.back.to_dict()
        else:
            back = self.back

        disputed = self.disputed.to_dict()

        buyers_offer: dict[str, Any] | None
        if isinstance(self.buyers_offer, OfferToSettleOut):
            buyers_offer = self.buyers_offer.to_dict()
        else:
            buyers_offer = self.buyers_offer

        sellers_offer: dict[str, Any] | None
        if isinstance(self.sellers_offer, OfferToSettleOut):
            sellers_offer = self.sellers_offer.to_dict()
        else:
            sellers_offer = self.sellers_offer

        entries = []
        for entries_item_data in self.entries:
            entries_item = entries_item_data.to_dict()
            entries.append(entries_item)

        decision_reason: None | str
        decision_reason = self.decision_reason

        arbiter_id: None | str
        arbiter_id = self.arbiter_id

        replaced_id: None | str
        replaced_id = self.replaced_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "by": by,
                "at": at,
                "reason": reason,
                "answer_by": answer_by,
                "decide_by": decide_by,
                "deal_id": deal_id,
                "state": state,
                "answered_at": answered_at,
                "escalated_at": escalated_at,
                "ended_at": ended_at,
                "ruling": ruling,
                "back": back,
                "disputed": disputed,
                "buyers_offer": buyers_offer,
                "sellers_offer": sellers_offer,
                "entries": entries,
                "decision_reason": decision_reason,
                "arbiter_id": arbiter_id,
                "replaced_id": replaced_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.entry_out import EntryOut
        from ..models.money_out import MoneyOut
        from ..models.offer_to_settle_out import OfferToSettleOut

        d = dict(src_dict)
        id = d.pop("id")

        by = ArbiterDisputeOutBy(d.pop("by"))

        at = datetime.datetime.fromisoformat(d.pop("at"))

        reason = d.pop("reason")

        answer_by = datetime.datetime.fromisoformat(d.pop("answer_by"))

        decide_by = datetime.datetime.fromisoformat(d.pop("decide_by"))

        deal_id = d.pop("deal_id")

        state = DisputeState(d.pop("state"))

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

        def _parse_ended_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ended_at_type_0 = datetime.datetime.fromisoformat(data)

                return ended_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ended_at = _parse_ended_at(d.pop("ended_at"))

        def _parse_ruling(data: object) -> None | Ruling:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ruling_type_0 = Ruling(data)

                return ruling_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Ruling, data)

        ruling = _parse_ruling(d.pop("ruling"))

        def _parse_back(data: object) -> MoneyOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                back_type_0 = MoneyOut.from_dict(data)

                return back_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyOut | None, data)

        back = _parse_back(d.pop("back"))

        disputed = MoneyOut.from_dict(d.pop("disputed"))

        def _parse_buyers_offer(data: object) -> None | OfferToSettleOut:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                buyers_offer_type_0 = OfferToSettleOut.from_dict(data)

                return buyers_offer_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | OfferToSettleOut, data)

        buyers_offer = _parse_buyers_offer(d.pop("buyers_offer"))

        def _parse_sellers_offer(data: object) -> None | OfferToSettleOut:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                sellers_offer_type_0 = OfferToSettleOut.from_dict(data)

                return sellers_offer_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | OfferToSettleOut, data)

        sellers_offer = _parse_sellers_offer(d.pop("sellers_offer"))

        entries = []
        _entries = d.pop("entries")
        for entries_item_data in _entries:
            entries_item = EntryOut.from_dict(entries_item_data)

            entries.append(entries_item)

        def _parse_decision_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        decision_reason = _parse_decision_reason(d.pop("decision_reason"))

        def _parse_arbiter_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        arbiter_id = _parse_arbiter_id(d.pop("arbiter_id"))

        def _parse_replaced_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        replaced_id = _parse_replaced_id(d.pop("replaced_id"))

        arbiter_dispute_out = cls(
            id=id,
            by=by,
            at=at,
            reason=reason,
            answer_by=answer_by,
            decide_by=decide_by,
            deal_id=deal_id,
            state=state,
            answered_at=answered_at,
            escalated_at=escalated_at,
            ended_at=ended_at,
            ruling=ruling,
            back=back,
            disputed=disputed,
            buyers_offer=buyers_offer,
            sellers_offer=sellers_offer,
            entries=entries,
            decision_reason=decision_reason,
            arbiter_id=arbiter_id,
            replaced_id=replaced_id,
        )

        return arbiter_dispute_out
