from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.step import Step
from ..models.step_state import StepState

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="RefundStepOut")


@_attrs_define
class RefundStepOut:
    """One call to a bank that claws back what a payment released and pays it to the payer.

    Attributes:
        payment_id (str):
        name (Step): A planned call to a bank that must succeed in the end.
        number (int):
        state (StepState):
        amount (MoneyOut):
        commission (MoneyOut | None):
        from_owed (MoneyOut | None):
        from_payee (MoneyOut | None):
        from_commission (MoneyOut | None):
        from_guarantee (MoneyOut | None):
        refused_code (None | str):
    """

    payment_id: str
    name: Step
    number: int
    state: StepState
    amount: MoneyOut
    commission: MoneyOut | None
    from_owed: MoneyOut | None
    from_payee: MoneyOut | None
    from_commission: MoneyOut | None
    from_guarantee: MoneyOut | None
    refused_code: None | str

    def to_dict(self) -> dict[str, Any]:
        from ..models.money_out import MoneyOut

        payment_id = self.payment_id

        name = self.name.value

        number = self.number

        state = self.state.value

        amount = self.amount.to_dict()

        commission: dict[str, Any] | None
        if isinstance(self.commission, MoneyOut):
            commission = self.commission.to_dict()
        else:
            commission = self.commission

        from_owed: dict[str, Any] | None
        if isinstance(self.from_owed, MoneyOut):
            from_owed = self.from_owed.to_dict()
        else:
            from_owed = self.from_owed

        from_payee: dict[str, Any] | None
        if isinstance(self.from_payee, MoneyOut):
            from_payee = self.from_payee.to_dict()
        else:
            from_payee = self.from_payee

        from_commission: dict[str, Any] | None
        if isinstance(self.from_commission, MoneyOut):
            from_commission = self.from_commission.to_dict()
        else:
            from_commission = self.from_commission

        from_guarantee: dict[str, Any] | None
        if isinstance(self.from_guarantee, MoneyOut):
            from_guarantee = self.from_guarantee.to_dict()
        else:
            from_guarantee = self.from_guarantee

        refused_code: None | str
        refused_code = self.refused_code

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "payment_id": payment_id,
                "name": name,
                "number": number,
                "state": state,
                "amount": amount,
                "commission": commission,
                "from_owed": from_owed,
                "from_payee": from_payee,
                "from_commission": from_commission,
                "from_guarantee": from_guarantee,
                "refused_code": refused_code,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        payment_id = d.pop("payment_id")

        name = Step(d.pop("name"))

        number = d.pop("number")

        state = StepState(d.pop("state"))

        amount = MoneyOut.from_dict(d.pop("amount"))

        def _parse_commission(data: object) -> MoneyOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                commission_type_0 = MoneyOut.from_dict(data)

                return commission_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyOut | None, data)

        commission = _parse_commission(d.pop("commission"))

        def _parse_from_owed(data: object) -> MoneyOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                from_owed_type_0 = MoneyOut.from_dict(data)

                return from_owed_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyOut | None, data)

        from_owed = _parse_from_owed(d.pop("from_owed"))

        def _parse_from_payee(data: object) -> MoneyOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                from_payee_type_0 = MoneyOut.from_dict(data)

                return from_payee_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyOut | None, data)

        from_payee = _parse_from_payee(d.pop("from_payee"))

        def _parse_from_commission(data: object) -> MoneyOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                from_commission_type_0 = MoneyOut.from_dict(data)

                return from_commission_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyOut | None, data)

        from_commission = _parse_from_commission(d.pop("from_commission"))

        def _parse_from_guarantee(data: object) -> MoneyOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                from_guarantee_type_0 = MoneyOut.from_dict(data)

                return from_guarantee_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyOut | None, data)

        from_guarantee = _parse_from_guarantee(d.pop("from_guarantee"))

        def _parse_refused_code(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        refused_code = _parse_refused_code(d.pop("refused_code"))

        refund_step_out = cls(
            payment_id=payment_id,
            name=name,
            number=number,
            state=state,
            amount=amount,
            commission=commission,
            from_owed=from_owed,
            from_payee=from_payee,
            from_commission=from_commission,
            from_guarantee=from_guarantee,
            refused_code=refused_code,
        )

        return refund_step_out
