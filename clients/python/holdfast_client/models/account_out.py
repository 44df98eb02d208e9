from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.account_out_state import AccountOutState

T = TypeVar("T", bound="AccountOut")


@_attrs_define
class AccountOut:
    """An account can be used once it is `confirmed`: its owner has entered a code from the bank.

    Attributes:
        id (str):
        user_id (str):
        bank_id (int):
        number (str):
        currency (str):
        payout (bool):
        payout_from (datetime.datetime | None): From when payouts go to this account.
        state (AccountOutState):
        confirmed_at (datetime.datetime | None):
        created_at (datetime.datetime): RFC 3339, UTC.
    """

    id: str
    user_id: str
    bank_id: int
    number: str
    currency: str
    payout: bool
    payout_from: datetime.datetime | None
    state: AccountOutState
    confirmed_at: datetime.datetime | None
    created_at: datetime.datetime

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        user_id = self.user_id

        bank_id = self.bank_id

        number = self.number

        currency = self.currency

        payout = self.payout

        payout_from: None | str
        if isinstance(self.payout_from, datetime.datetime):
            payout_from = self.payout_from.isoformat()
        else:
            payout_from = self.payout_from

        state = self.state.value

        confirmed_at: None | str
        if isinstance(self.confirmed_at, datetime.datetime):
            confirmed_at = self.confirmed_at.isoformat()
        else:
            confirmed_at = self.confirmed_at

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "user_id": user_id,
                "bank_id": bank_id,
                "number": number,
                "currency": currency,
                "payout": payout,
                "payout_from": payout_from,
                "state": state,
                "confirmed_at": confirmed_at,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        d = dict(src_dict)
        id = d.pop("id")

        user_id = d.pop("user_id")

        bank_id = d.pop("bank_id")

        number = d.pop("number")

        currency = d.pop("currency")

        payout = d.pop("payout")

        def _parse_payout_from(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                payout_from_type_0 = datetime.datetime.fromisoformat(data)

                return payout_from_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        payout_from = _parse_payout_from(d.pop("payout_from"))

        state = AccountOutState(d.pop("state"))

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

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        account_out = cls(
            id=id,
            user_id=user_id,
            bank_id=bank_id,
            number=number,
            currency=currency,
            payout=payout,
            payout_from=payout_from,
            state=state,
            confirmed_at=confirmed_at,
            created_at=created_at,
        )

        return account_out
