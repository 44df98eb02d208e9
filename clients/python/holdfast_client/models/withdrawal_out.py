from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.withdrawal_state import WithdrawalState

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="WithdrawalOut")


@_attrs_define
class WithdrawalOut:
    """`total` = `amount` + `fee` leaves the wallet. `paid` is with the bank, which may still return the money.

    `awaiting_funds`: the platform has too little at the bank, or on the chain, now. The money stays held and is paid
    later. `awaiting_approval`: a large amount to an address, which an operator has to approve.

        Attributes:
            withdrawal_id (str):
            wallet_id (str):
            bank_id (int | None):
            gateway (None | str):
            account (str):
            state (WithdrawalState):
            amount (MoneyOut):
            fee (MoneyOut):
            total (MoneyOut):
            transaction (None | str):
            refused_code (None | str):
            expires_at (datetime.datetime): RFC 3339, UTC.
            created_at (datetime.datetime): RFC 3339, UTC.
            confirmed_at (datetime.datetime | None):
            paid_at (datetime.datetime | None):
            ended_at (datetime.datetime | None):
    """

    withdrawal_id: str
    wallet_id: str
    bank_id: int | None
    gateway: None | str
    account: str
    state: WithdrawalState
    amount: MoneyOut
    fee: MoneyOut
    total: MoneyOut
    transaction: None | str
    refused_code: None | str
    expires_at: datetime.datetime
    created_at: datetime.datetime
    confirmed_at: datetime.datetime | None
    paid_at: datetime.datetime | None
    ended_at: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        withdrawal_id = self.withdrawal_id

        wallet_id = self.wallet_id

        bank_id: int | None
        bank_id = self.bank_id

        gateway: None | str
        gateway = self.gateway

        account = self.account

        state = self.state.value

        amount = self.amount.to_dict()

        fee = self.fee.to_dict()

        total = self.total.to_dict()

        transaction: None | str
        transaction = self.transaction

        refused_code: None | str
        refused_code = self.refused_code

        expires_at = self.expires_at.isoformat()

        created_at = self.created_at.isoformat()

        confirmed_at: None | str
        if isinstance(self.confirmed_at, datetime.datetime):
            confirmed_at = self.confirmed_at.isoformat()
        else:
            confirmed_at = self.confirmed_at

        paid_at: None | str
        if isinstance(self.paid_at, datetime.datetime):
            paid_at = self.paid_at.isoformat()
        else:
            paid_at = self.paid_at

        ended_at: None | str
        if isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "withdrawal_id": withdrawal_id,
                "wallet_id": wallet_id,
                "bank_id": bank_id,
                "gateway": gateway,
                "account": account,
                "state": state,
                "amount": amount,
                "fee": fee,
                "total": total,
                "transaction": transaction,
                "refused_code": refused_code,
                "expires_at": expires_at,
                "created_at": created_at,
                "confirmed_at": confirmed_at,
                "paid_at": paid_at,
                "ended_at": ended_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        withdrawal_id = d.pop("withdrawal_id")

        wallet_id = d.pop("wallet_id")

        def _parse_bank_id(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        bank_id = _parse_bank_id(d.pop("bank_id"))

        def _parse_gateway(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        gateway = _parse_gateway(d.pop("gateway"))

        account = d.pop("account")

        state = WithdrawalState(d.pop("state"))

        amount = MoneyOut.from_dict(d.pop("amount"))

        fee = MoneyOut.from_dict(d.pop("fee"))

        total = MoneyOut.from_dict(d.pop("total"))

        def _parse_transaction(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        transaction = _parse_transaction(d.pop("transaction"))

        def _parse_refused_code(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        refused_code = _parse_refused_code(d.pop("refused_code"))

        expires_at = datetime.datetime.fromisoformat(d.pop("expires_at"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_confirmed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                confirmed_at_type_0 = datetime.datetime.fromisoformat(data)

                return confirmed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        confirmed_at = _parse_confirmed_at(d.pop("confirmed_at"))

        def _parse_paid_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                paid_at_type_0 = datetime.datetime.fromisoformat(data)

                return paid_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        paid_at = _parse_paid_at(d.pop("paid_at"))

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

        withdrawal_out = cls(
            withdrawal_id=withdrawal_id,
            wallet_id=wallet_id,
            bank_id=bank_id,
            gateway=gateway,
            account=account,
            state=state,
            amount=amount,
            fee=fee,
            total=total,
            transaction=transaction,
            refused_code=refused_code,
            expires_at=expires_at,
            created_at=created_at,
            confirmed_at=confirmed_at,
            paid_at=paid_at,
            ended_at=ended_at,
        )

        return withdrawal_out
