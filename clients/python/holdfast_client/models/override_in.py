from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..models.override_in_kind import OverrideInKind
from ..models.override_in_result_type_0 import OverrideInResultType0
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.money_in import MoneyIn


T = TypeVar("T", bound="OverrideIn")


@_attrs_define
class OverrideIn:
    """An operator's request for a payment or a deal, with its reason. No codes and no secrets: it is kept for ever.

    Attributes:
        kind (OverrideInKind):
        reason (str):
        deal_id (None | Unset | UUID):
        payment_id (None | Unset | UUID):
        evidence (None | str | Unset):
        step (None | str | Unset):
        result (None | OverrideInResultType0 | Unset):
        amount (MoneyIn | None | Unset):
        pay_by (datetime.datetime | None | Unset):
    """

    kind: OverrideInKind
    reason: str
    deal_id: None | Unset | UUID = UNSET
    payment_id: None | Unset | UUID = UNSET
    evidence: None | str | Unset = UNSET
    step: None | str | Unset = UNSET
    result: None | OverrideInResultType0 | Unset = UNSET
    amount: MoneyIn | None | Unset = UNSET
    pay_by: datetime.datetime | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.money_in import MoneyIn

        kind = self.kind.value

        reason = self.reason

        deal_id: None | str | Unset
        if isinstance(self.deal_id, Unset):
            deal_id = UNSET
        elif isinstance(self.deal_id, UUID):
            deal_id = str(self.deal_id)
        else:
            deal_id = self.deal_id

        payment_id: None | str | Unset
        if isinstance(self.payment_id, Unset):
            payment_id = UNSET
        elif isinstance(self.payment_id, UUID):
            payment_id = str(self.payment_id)
        else:
            payment_id = self.payment_id

        evidence: None | str | Unset
        if isinstance(self.evidence, Unset):
            evidence = UNSET
        else:
            evidence = self.evidence

        step: None | str | Unset
        if isinstance(self.step, Unset):
            step = UNSET
        else:
            step = self.step

        result: None | str | Unset
        if isinstance(self.result, Unset):
            result = UNSET
        elif isinstance(self.result, OverrideInResultType0):
            result = self.result.value
        else:
            result = self.result

        amount: dict[str, Any] | None | Unset
        if isinstance(self.amount, Unset):
            amount = UNSET
        elif isinstance(self.amount, MoneyIn):
            amount = self.amount.to_dict()
        else:
            amount = self.amount

        pay_by: None | str | Unset
        if isinstance(self.pay_by, Unset):
            pay_by = UNSET
        elif isinstance(self.pay_by, datetime.datetime):
            pay_by = self.pay_by.isoformat()
        else:
            pay_by = self.pay_by

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "kind": kind,
                "reason": reason,
            }
        )
        if deal_id is not UNSET:
            field_dict["deal_id"] = deal_id
        if payment_id is not UNSET:
            field_dict["payment_id"] = payment_id
        if evidence is not UNSET:
            field_dict["evidence"] = evidence
        if step is not UNSET:
            field_dict["step"] = step
        if result is not UNSET:
            field_dict["result"] = result
        if amount is not UNSET:
            field_dict["amount"] = amount
        if pay_by is not UNSET:
            field_dict["pay_by"] = pay_by

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_in import MoneyIn

        d = dict(src_dict)
        kind = OverrideInKind(d.pop("kind"))

        reason = d.pop("reason")

        def _parse_deal_id(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                deal_id_type_0 = UUID(data)

                return deal_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        deal_id = _parse_deal_id(d.pop("deal_id", UNSET))

        def _parse_payment_id(data: object) -> None | Unset | UUID:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                payment_id_type_0 = UUID(data)

                return payment_id_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Unset | UUID, data)

        payment_id = _parse_payment_id(d.pop("payment_id", UNSET))

        def _parse_evidence(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        evidence = _parse_evidence(d.pop("evidence", UNSET))

        def _parse_step(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        step = _parse_step(d.pop("step", UNSET))

        def _parse_result(data: object) -> None | OverrideInResultType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                result_type_0 = OverrideInResultType0(data)

                return result_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | OverrideInResultType0 | Unset, data)

        result = _parse_result(d.pop("result", UNSET))

        def _parse_amount(data: object) -> MoneyIn | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                amount_type_0 = MoneyIn.from_dict(data)

                return amount_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyIn | None | Unset, data)

        amount = _parse_amount(d.pop("amount", UNSET))

        def _parse_pay_by(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                pay_by_type_0 = datetime.datetime.fromisoformat(data)

                return pay_by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        pay_by = _parse_pay_by(d.pop("pay_by", UNSET))

        override_in = cls(
            kind=kind,
            reason=reason,
            deal_id=deal_id,
            payment_id=payment_id,
            evidence=evidence,
            step=step,
            result=result,
            amount=amount,
            pay_by=pay_by,
        )

        return override_in
