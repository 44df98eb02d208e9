from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast
from uuid import UUID

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.money_in import MoneyIn


T = TypeVar("T", bound="TopUpIn")


@_attrs_define
class TopUpIn:
    """
    Attributes:
        wallet_id (UUID):
        gateway (str): One of `GET /gateways`.
        amount (MoneyIn): A positive amount of one currency.
        pay_by (datetime.datetime | None | Unset): Until when money counts as in time, by when it was paid. Without it:
            as long as the gateway gives, and never later than the deal's.
        deal_id (None | Unset | UUID): The deal that it is to pay. The buyer lets the deal take what is left to pay from
            the wallet, without a code, as soon as the wallet has it.
    """

    wallet_id: UUID
    gateway: str
    amount: MoneyIn
    pay_by: datetime.datetime | None | Unset = UNSET
    deal_id: None | Unset | UUID = UNSET

    def to_dict(self) -> dict[str, Any]:
        wallet_id = str(self.wallet_id)

        gateway = self.gateway

        amount = self.amount.to_dict()

        pay_by: None | str | Unset
        if isinstance(self.pay_by, Unset):
            pay_by = UNSET
        elif isinstance(self.pay_by, datetime.datetime):
            pay_by = self.pay_by.isoformat()
        else:
            pay_by = self.pay_by

        deal_id: None | str | Unset
        if isinstance(self.deal_id, Unset):
            deal_id = UNSET
        elif isinstance(self.deal_id, UUID):
            deal_id = str(self.deal_id)
        else:
            deal_id = self.deal_id

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "wallet_id": wallet_id,
                "gateway": gateway,
                "amount": amount,
            }
        )
        if pay_by is not UNSET:
            field_dict["pay_by"] = pay_by
        if deal_id is not UNSET:
            field_dict["deal_id"] = deal_id

        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        from ..models.money_in import MoneyIn

        d = dict(src_dict)
        wallet_id = UUID(d.pop("wallet_id"))

        gateway = d.pop("gateway")

        amount = MoneyIn.from_dict(d.pop("amount"))

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

        top_up_in = cls(
            wallet_id=wallet_id,
            gateway=gateway,
            amount=amount,
            pay_by=pay_by,
            deal_id=deal_id,
        )

        return top_up_in
