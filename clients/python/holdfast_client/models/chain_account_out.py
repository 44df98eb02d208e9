from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from attrs import define as _attrs_define

from ..models.account_name import AccountName

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="ChainAccountOut")


@_attrs_define
class ChainAccountOut:
    """By our books. `low_since`: it has too little TRX; `missing_since`: the chain has less there than is booked.

    Attributes:
        name (AccountName):
        address (str):
        balance (MoneyOut):
        trx (MoneyOut):
        low_since (datetime.datetime | None):
        missing_since (datetime.datetime | None):
    """

    name: AccountName
    address: str
    balance: MoneyOut
    trx: MoneyOut
    low_since: datetime.datetime | None
    missing_since: datetime.datetime | None

    def to_dict(self) -> dict[str, Any]:
        name = self.name.value

        address = self.address

        balance = self.balance.to_dict()

        trx = self.trx.to_dict()

        low_since: None | str
        if isinstance(self.low_since, datetime.datetime):
            low_since = self.low_since.isoformat()
        else:
            low_since = self.low_since

        missing_since: None | str
        if isinstance(self.missing_since, datetime.datetime):
            missing_since = self.missing_since.isoformat()
        else:
            missing_since = self.missing_since

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "address": address,
                "balance": balance,
                "trx": trx,
                "low_since": low_since,
                "missing_since": missing_since,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_out import MoneyOut

        d = dict(src_dict)
        name = AccountName(d.pop("name"))

        address = d.pop("address")

        balance = MoneyOut.from_dict(d.pop("balance"))

        trx = MoneyOut.from_dict(d.pop("trx"))

        def _parse_low_since(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                low_since_type_0 = datetime.datetime.fromisoformat(data)

                return low_since_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        low_since = _parse_low_since(d.pop("low_since"))

        def _parse_missing_since(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                missing_since_type_0 = datetime.datetime.fromisoformat(data)

                return missing_since_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        missing_since = _parse_missing_since(d.pop("missing_since"))

        chain_account_out = cls(
            name=name,
            address=address,
            balance=balance,
            trx=trx,
            low_since=low_since,
            missing_since=missing_since,
        )

        return chain_account_out
