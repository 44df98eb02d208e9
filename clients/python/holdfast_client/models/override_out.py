from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.override_kind import OverrideKind
from ..models.override_state import OverrideState
from ..models.result import Result

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="OverrideOut")


@_attrs_define
class OverrideOut:
    """
    Attributes:
        id (str):
        deal_id (str):
        payment_id (None | str):
        kind (OverrideKind):
        state (OverrideState):
        at_stake (MoneyOut):
        step (None | str):
        result (None | Result):
        pay_by (datetime.datetime | None):
        reason (str):
        evidence (None | str):
        requested_by (str):
        approved_by (None | str):
        refused_code (None | str):
        created_at (datetime.datetime): RFC 3339, UTC.
        approved_at (datetime.datetime | None):
        tombstone_at (datetime.datetime | None):
        final_at (datetime.datetime | None):
    """

    id: str
    deal_id: str
    payment_id: None | str
    kind: OverrideKind
    state: OverrideState
    at_stake: MoneyOut
    step: None | str
    result: None | Result
    pay_by: datetime.datetime | None
    reason: str
    evidence: None | str
    requested_by: str
    approved_by: None | str
    refused_code: None | str
    created_at: datetime.datetime
    approved_at: datetime.datetime | None
    tombstone_at: datetime.datetime | None
    final_at: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        deal_id = self.deal_id

        payment_id: None | str
        payment_id = self.payment_id

        kind = self.kind.value

        state = self.state.value

        at_stake = self.at_stake.to_dict()

        step: None | str
        step = self.step

        result: None | str
        if isinstance(self.result, Result):
            result = self.result.value
        else:
            result = self.result

        pay_by: None | str
        if isinstance(self.pay_by, datetime.datetime):
            pay_by = self.pay_by.isoformat()
        else:
            pay_by = self.pay_by

        reason = self.reason

        evidence: None | str
        evidence = self.evidence

        requested_by = self.requested_by

        approved_by: None | str
        approved_by = self.approved_by

        refused_code: None | str
        refused_code = self.refused_code

        created_at = self.created_at.isoformat()

        approved_at: None | str
        if isinstance(self.approved_at, datetime.datetime):
            approved_at = self.approved_at.isoformat()
        else:
            approved_at = self.approved_at

        tombstone_at: None | str
        if isinstance(self.tombstone_at, datetime.datetime):
            tombstone_at = self.tombstone_at.isoformat()
        else:
            tombstone_at = self.tombstone_at

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
                "payment_id": payment_id,
                "kind": kind,
                "state": state,
                "at_stake": at_stake,
                "step": step,
                "result": result,
                "pay_by": pay_by,
                "reason": reason,
                "evidence": evidence,
                "requested_by": requested_by,
                "approved_by": approved_by,
                "refused_code": refused_code,
                "created_at": created_at,
                "approved_at": approved_at,
                "tombstone_at": tombstone_at,
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

        def _parse_payment_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        payment_id = _parse_payment_id(d.pop("payment_id"))

        kind = OverrideKind(d.pop("kind"))

        state = OverrideState(d.pop("state"))

        at_stake = MoneyOut.from_dict(d.pop("at_stake"))

        def _parse_step(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        step = _parse_step(d.pop("step"))

        def _parse_result(data: object) -> None | Result:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                result_type_0 = Result(data)

                return result_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Result, data)

        result = _parse_result(d.pop("result"))

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

        reason = d.pop("reason")

        def _parse_evidence(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        evidence = _parse_evidence(d.pop("evidence"))

        requested_by = d.pop("requested_by")

        def _parse_approved_by(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        approved_by = _parse_approved_by(d.pop("approved_by"))

        def _parse_refused_code(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        refused_code = _parse_refused_code(d.pop("refused_code"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_approved_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                approved_at_type_0 = datetime.datetime.fromisoformat(data)

                return approved_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        approved_at = _parse_approved_at(d.pop("approved_at"))

        def _parse_tombstone_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                tombstone_at_type_0 = datetime.datetime.fromisoformat(data)

                return tombstone_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        tombstone_at = _parse_tombstone_at(d.pop("tombstone_at"))

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

        override_out = cls(
            id=id,
            deal_id=deal_id,
            payment_id=payment_id,
            kind=kind,
            state=state,
            at_stake=at_stake,
            step=step,
            result=result,
            pay_by=pay_by,
            reason=reason,
            evidence=evidence,
            requested_by=requested_by,
            approved_by=approved_by,
            refused_code=refused_code,
            created_at=created_at,
            approved_at=approved_at,
            tombstone_at=tombstone_at,
            final_at=final_at,
        )

        return override_out
