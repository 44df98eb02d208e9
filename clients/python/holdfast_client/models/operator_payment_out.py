from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.payment_state import PaymentState

if TYPE_CHECKING:
    from ..models.attempt_out import AttemptOut
    from ..models.code_out import CodeOut
    from ..models.money_out import MoneyOut
    from ..models.step_out import StepOut


T = TypeVar("T", bound="OperatorPaymentOut")


@_attrs_define
class OperatorPaymentOut:
    """A payment as operators see it.

    Attributes:
        id (str):
        deal_id (str):
        account_id (None | str):
        wallet_id (None | str):
        state (PaymentState):
        amount (MoneyOut):
        fee (MoneyOut):
        total (MoneyOut):
        authorised_at (datetime.datetime | None):
        codes (list[CodeOut]):
        attempts (list[AttemptOut]):
        refused_code (None | str):
        delay_reason (None | str):
        delayed_until (datetime.datetime | None):
        flagged_at (datetime.datetime | None):
        created_at (datetime.datetime): RFC 3339, UTC.
        final_at (datetime.datetime | None):
        operation (None | str):
        steps (list[StepOut]):
    """

    id: str
    deal_id: str
    account_id: None | str
    wallet_id: None | str
    state: PaymentState
    amount: MoneyOut
    fee: MoneyOut
    total: MoneyOut
    authorised_at: datetime.datetime | None
    codes: list[CodeOut]
    attempts: list[AttemptOut]
    refused_code: None | str
    delay_reason: None | str
    delayed_until: datetime.datetime | None
    flagged_at: datetime.datetime | None
    created_at: datetime.datetime
    final_at: datetime.datetime | None
    operation: None | str
    steps: list[StepOut]

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        deal_id = self.deal_id

        account_id: None | str
        account_id = self.account_id

        wallet_id: None | str
        wallet_id = self.wallet_id

        state = self.state.value

        amount = self.amount.to_dict()

        fee = self.fee.to_dict()

        total = self.total.to_dict()

        authorised_at: None | str
        if isinstance(self.authorised_at, datetime.datetime):
            authorised_at = self.authorised_at.isoformat()
        else:
            authorised_at = self.authorised_at

        codes = []
        for codes_item_data in self.codes:
            codes_item = codes_item_data.to_dict()
            codes.append(codes_item)

        attempts = []
        for attempts_item_data in self.attempts:
            attempts_item = attempts_item_data.to_dict()
            attempts.append(attempts_item)

        refused_code: None | str
        refused_code = self.refused_code

        delay_reason: None | str
        delay_reason = self.delay_reason

        delayed_until: None | str
        if isinstance(self.delayed_until, datetime.datetime):
            delayed_until = self.delayed_until.isoformat()
        else:
            delayed_until = self.delayed_until

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

        operation: None | str
        operation = self.operation

        steps = []
        for steps_item_data in self.steps:
            steps_item = steps_item_data.to_dict()
            steps.append(steps_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "deal_id": deal_id,
                "account_id": account_id,
                "wallet_id": wallet_id,
                "state": state,
                "amount": amount,
                "fee": fee,
                "total": total,
                "authorised_at": authorised_at,
                "codes": codes,
                "attempts": attempts,
                "refused_code": refused_code,
                "delay_reason": delay_reason,
                "delayed_until": delayed_until,
                "flagged_at": flagged_at,
                "created_at": created_at,
                "final_at": final_at,
                "operation": operation,
                "steps": steps,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.attempt_out import AttemptOut
        from ..models.code_out import CodeOut
        from ..models.money_out import MoneyOut
        from ..models.step_out import StepOut

        d = dict(src_dict)
        id = d.pop("id")

        deal_id = d.pop("deal_id")

        def _parse_account_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        account_id = _parse_account_id(d.pop("account_id"))

        def _parse_wallet_id(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        wallet_id = _parse_wallet_id(d.pop("wallet_id"))

        state = PaymentState(d.pop("state"))

        amount = MoneyOut.from_dict(d.pop("amount"))

        fee = MoneyOut.from_dict(d.pop("fee"))

        total = MoneyOut.from_dict(d.pop("total"))

        def _parse_authorised_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                authorised_at_type_0 = datetime.datetime.fromisoformat(data)

                return authorised_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        authorised_at = _parse_authorised_at(d.pop("authorised_at"))

        codes = []
        _codes = d.pop("codes")
        for codes_item_data in _codes:
            codes_item = CodeOut.from_dict(codes_item_data)

            codes.append(codes_item)

        attempts = []
        _attempts = d.pop("attempts")
        for attempts_item_data in _attempts:
            attempts_item = AttemptOut.from_dict(attempts_item_data)

            attempts.append(attempts_item)

        def _parse_refused_code(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        refused_code = _parse_refused_code(d.pop("refused_code"))

        def _parse_delay_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        delay_reason = _parse_delay_reason(d.pop("delay_reason"))

        def _parse_delayed_until(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                delayed_until_type_0 = datetime.datetime.fromisoformat(data)

                return delayed_until_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        delayed_until = _parse_delayed_until(d.pop("delayed_until"))

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

        def _parse_operation(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        operation = _parse_operation(d.pop("operation"))

        steps = []
        _steps = d.pop("steps")
        for steps_item_data in _steps:
            steps_item = StepOut.from_dict(steps_item_data)

            steps.append(steps_item)

        operator_payment_out = cls(
            id=id,
            deal_id=deal_id,
            account_id=account_id,
            wallet_id=wallet_id,
            state=state,
            amount=amount,
            fee=fee,
            total=total,
            authorised_at=authorised_at,
            codes=codes,
            attempts=attempts,
            refused_code=refused_code,
            delay_reason=delay_reason,
            delayed_until=delayed_until,
            flagged_at=flagged_at,
            created_at=created_at,
            final_at=final_at,
            operation=operation,
            steps=steps,
        )

        return operator_payment_out
