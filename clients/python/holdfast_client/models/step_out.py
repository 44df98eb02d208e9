from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.step import Step
from ..models.step_state import StepState

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="StepOut")


@_attrs_define
class StepOut:
    """One call to a bank that releases or returns the payment.

    Attributes:
        name (Step): A planned call to a bank that must succeed in the end.
        number (int):
        state (StepState):
        amount (MoneyOut):
        refused_code (None | str):
        resolved_at (datetime.datetime | None):
    """

    name: Step
    number: int
    state: StepState
    amount: MoneyOut
    refused_code: None | str
    resolved_at: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        name = self.name.value

        number = self.number

        state = self.state.value

        amount = self.amount.to_dict()

        refused_code: None | str
        refused_code = self.refused_code

        resolved_at: None | str
        if isinstance(self.resolved_at, datetime.datetime):
            resolved_at = self.resolved_at.isoformat()
        else:
            resolved_at = self.resolved_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "number": number,
                "state": state,
                "amount": amount,
                "refused_code": refused_code,
                "resolved_at": resolved_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        name = Step(d.pop("name"))

        number = d.pop("number")

        state = StepState(d.pop("state"))

        amount = MoneyOut.from_dict(d.pop("amount"))

        def _parse_refused_code(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        refused_code = _parse_refused_code(d.pop("refused_code"))

        def _parse_resolved_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                resolved_at_type_0 = datetime.datetime.fromisoformat(data)

                return resolved_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        resolved_at = _parse_resolved_at(d.pop("resolved_at"))

        step_out = cls(
            name=name,
            number=number,
            state=state,
            amount=amount,
            refused_code=refused_code,
            resolved_at=resolved_at,
        )

        return step_out
